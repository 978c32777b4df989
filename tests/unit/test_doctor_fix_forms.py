"""What goes and what stays of a file, in the words of every shell; decided without running any."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spip.files import decoded
from spip.relaxations import relaxation, search
from spip.relaxations.relaxation import Relaxation
from support.lacking import lacking

KEPT = "keep = 1\n"
# (shell's file below the home, what stands there, what is left of it)
ALIASES = {
    "an alias": (".bashrc", "alias pip='pip --trusted-host a.example'\n", ""),
    "two hosts": (".bashrc", 'alias pip="pip --trusted-host a.example --trusted-host=b"\n', ""),
    "quoted hosts": (".bashrc", "alias pip='pip --trusted-host \"a.example\"'\n", ""),
    "escaped quotes": (".bashrc", 'alias pip="pip --trusted-host \\"a.example\\""\n', ""),
    "a comment behind it": (".bashrc", "alias pip='pip --trusted-host a'  # a proxy\n", ""),
    "an abbreviation": (".bashrc", "alias pip='pip --trusted-h a'\n", ""),
    "over several lines": (
        ".bashrc",
        "alias pip='pip \\\n    --trusted-host a \\\n    --trusted-host b'\n",
        "",
    ),
    "another program": (
        ".bashrc",
        "alias pip='python3 -m pip --trusted-host a'\n",
        "alias pip='python3 -m pip'\n",
    ),
    "another option": (
        ".bashrc",
        "alias pip='pip --proxy p:1 --trusted-host a --timeout 5'\n",
        "alias pip='pip --proxy p:1 --timeout 5'\n",
    ),
    "another name": (
        ".zshrc",
        "alias pipi='pip install --trusted-host a'\n",
        "alias pipi='pip install'\n",
    ),
    "a comment": (
        ".bashrc",
        "# alias pip='pip --trusted-host a'\n",
        "# alias pip='pip --trusted-host a'\n",
    ),
    "another alias on the line": (
        ".bashrc",
        "alias pip='pip --trusted-host a'; alias ll='ls -l'\n",
        "alias pip='pip'; alias ll='ls -l'\n",
    ),
    "a function": (".bashrc", 'pip() { command pip --trusted-host a "$@"; }\n', ""),
    "a function on lines": (
        ".zshrc",
        'function pip {\n    command pip "$@" --trusted-host a\n}\n',
        "",
    ),
    "a function that does more": (
        ".bashrc",
        'pip() {\n    echo hello\n    command pip --trusted-host a "$@"\n}\n',
        'pip() {\n    echo hello\n    command pip "$@"\n}\n',
    ),
    "Windows line ends": (".bashrc", "alias pip='pip --trusted-host a'\r\nA=1\r\n", "A=1\r\n"),
    "no end": (".bashrc", "A=1\nalias pip='pip --trusted-host a'", "A=1\n"),
    "bytes that are no UTF-8": (
        ".bashrc",
        "A='\xe9\x85'\nalias pip='pip --trusted-host a'\n",
        "A='\xe9\x85'\n",
    ),
    "fish alias": (".config/fish/config.fish", "alias pip 'pip --trusted-host a'\n", ""),
    "fish function": (
        ".config/fish/functions/pip.fish",
        "function pip --wraps pip\n    command pip --trusted-host a $argv\nend\n",
        "",
    ),
    "tcsh": (".tcshrc", "alias pip 'pip --trusted-host a \\!*'\n", ""),
    "xonsh text": (".xonshrc", "aliases['pip'] = 'pip --trusted-host a'\n", ""),
    "xonsh list": (".xonshrc", "aliases['pip'] = ['pip', '--trusted-host', 'a']\n", ""),
    "xonsh list of more": (
        ".xonshrc",
        "aliases['pip'] = ['pip', '--trusted-host', 'a', '--timeout', '5']\n",
        "aliases['pip'] = ['pip', '--timeout', '5']\n",
    ),
    "Nushell alias": (".config/nushell/config.nu", "alias pip = ^pip --trusted-host a\n", ""),
    "Nushell command": (
        ".config/nushell/config.nu",
        "def --wrapped pip [...rest] { ^pip --trusted-host a ...$rest }\n",
        "",
    ),
    "PowerShell": (
        ".config/powershell/profile.ps1",
        "function pip {\n    & pip.exe --trusted-host a @args\n}\n",
        "",
    ),
    "PowerShell with a backtick": (
        ".config/powershell/profile.ps1",
        "function pip { python -m pip `\n  --trusted-host a $args }\n",
        "function pip { python -m pip $args }\n",
    ),
    "doskey": ("aliases.cmd", "@doskey pip=pip --trusted-host a $*\r\n", ""),
    "doskey's file": ("macros.doskey", "pip=pip --trusted-host a $*\nls=dir $*\n", "ls=dir $*\n"),
    "curl": (".bashrc", "alias curl='curl -s -k'\n", "alias curl='curl -s'\n"),
    "wget": (".bashrc", "alias wget='wget --no-check-certificate'\n", "alias wget='wget'\n"),
    "git": (".bashrc", "alias git='git -c http.sslVerify=false'\n", "alias git='git'\n"),
}
VARIABLES = {
    "exported": (".bashrc", "export PIP_TRUSTED_HOST=a\n", ""),
    "quoted": (".zshenv", 'export PIP_TRUSTED_HOST="a b"\n', ""),
    "over lines": (".bashrc", 'export PIP_TRUSTED_HOST="a\nb"\nA=1\n', "A=1\n"),
    "set, then exported": (".profile", "PIP_TRUSTED_HOST=a; export PIP_TRUSTED_HOST\n", ""),
    "exported below": (".profile", "PIP_TRUSTED_HOST=a\nA=1\nexport PIP_TRUSTED_HOST\n", "A=1\n"),
    "one of several": (".bashrc", "export A=1 PIP_TRUSTED_HOST=a B=2\n", "export A=1 B=2\n"),
    "the last of several": (".bashrc", "export A=1 PIP_TRUSTED_HOST=a\n", "export A=1\n"),
    "the first of several": (".bashrc", "export PIP_TRUSTED_HOST=a B=2\n", "export B=2\n"),
    "before a command": (".bashrc", "PIP_TRUSTED_HOST=a pip list\n", "pip list\n"),
    "after a condition": (
        ".bashrc",
        "[ -n x ] && export PIP_TRUSTED_HOST=a\n",
        "[ -n x ] && :\n",
    ),
    "in a block on one line": (
        ".bashrc",
        "if true; then export PIP_TRUSTED_HOST=a; fi\n",
        "if true; then :; fi\n",
    ),
    "in a case": (
        ".bashrc",
        "case $x in\n  work) export PIP_TRUSTED_HOST=a;;\nesac\n",
        "case $x in\n  work) :;;\nesac\n",
    ),
    "exported by a command": (
        ".bashrc",
        "builtin export PIP_TRUSTED_HOST=a\n",
        "builtin :\n",
    ),
    "the whole of a block": (
        ".bashrc",
        "if true; then\n    export PIP_TRUSTED_HOST=a\nfi\n",
        "if true; then\n    :\nfi\n",
    ),
    "part of a block": (
        ".bashrc",
        "if true; then\n    export PIP_TRUSTED_HOST=a\n    A=1\nfi\n",
        "if true; then\n    A=1\nfi\n",
    ),
    "a comment": (".bashrc", "A=1 # PIP_TRUSTED_HOST=a\n", "A=1 # PIP_TRUSTED_HOST=a\n"),
    "empty": (".bashrc", "export PIP_TRUSTED_HOST=\n", "export PIP_TRUSTED_HOST=\n"),
    "a longer name": (
        ".bashrc",
        "export X_PIP_TRUSTED_HOST=a\n",
        "export X_PIP_TRUSTED_HOST=a\n",
    ),
    "csh": (".cshrc", "setenv PIP_TRUSTED_HOST a\nset x=1\n", "set x=1\n"),
    "fish": (".config/fish/config.fish", "set -gx PIP_TRUSTED_HOST a b\nset x 1\n", "set x 1\n"),
    "fish erases": (
        ".config/fish/config.fish",
        "set -e PIP_TRUSTED_HOST\n",
        "set -e PIP_TRUSTED_HOST\n",
    ),
    "fish's universal ones": (
        ".config/fish/fish_variables",
        "# VERSION: 3.0\nSETUVAR --export PIP_TRUSTED_HOST:index\\x2ecorp\nSETUVAR A:1\n",
        "# VERSION: 3.0\nSETUVAR A:1\n",
    ),
    "xonsh": (".xonshrc", "$PIP_TRUSTED_HOST = 'a'\nx = 1\n", "x = 1\n"),
    "Nushell": (".config/nushell/env.nu", '$env.PIP_TRUSTED_HOST = "a"\n', ""),
    "PowerShell": (".config/powershell/profile.ps1", '$env:PIP_TRUSTED_HOST = "a b"\n', ""),
    "cmd": ("autorun.cmd", "@set PIP_TRUSTED_HOST=a b\r\n@echo off\r\n", "@echo off\r\n"),
    "cmd, quoted": ("autorun.cmd", '@set "PIP_TRUSTED_HOST=a b"\r\n', ""),
    "systemd": (".config/environment.d/10-pip.conf", "PIP_TRUSTED_HOST=a\nA=1\n", "A=1\n"),
    "pam": (".pam_environment", "PIP_TRUSTED_HOST DEFAULT=a\n", ""),
    "git": (".bashrc", "export GIT_SSL_NO_VERIFY=true\n", ""),
    "Node": (".bashrc", "export NODE_TLS_REJECT_UNAUTHORIZED='0'\n", ""),
    "Node, on": (
        ".bashrc",
        "export NODE_TLS_REJECT_UNAUTHORIZED=1\n",
        "export NODE_TLS_REJECT_UNAUTHORIZED=1\n",
    ),
    "urllib": (".bashrc", "export PYTHONHTTPSVERIFY=0\n", ""),
    "a bundle that is gone": (".bashrc", "export SSL_CERT_FILE=$HOME/none/roots.pem\n", ""),
    "a bundle that is there": (
        ".bashrc",
        "export SSL_CERT_FILE=$HOME/.bashrc\n",
        "export SSL_CERT_FILE=$HOME/.bashrc\n",
    ),
    "folders that are there, in a list": (
        ".bashrc",
        "export SSL_CERT_DIR=$HOME/none:$HOME/.\n",
        "export SSL_CERT_DIR=$HOME/none:$HOME/.\n",
    ),
    "folders that are gone": (".bashrc", "export SSL_CERT_DIR=$HOME/none:$HOME/nix\n", ""),
    "a bundle nobody can tell": (
        ".bashrc",
        "export SSL_CERT_FILE=$(brew --prefix)/roots.pem\n",
        "export SSL_CERT_FILE=$(brew --prefix)/roots.pem\n",
    ),
    "an index over http": (
        ".bashrc",
        "export PIP_INDEX_URL=http://mirror.example/simple\n",
        "export PIP_INDEX_URL=https://mirror.example/simple\n",
    ),
    "a command in a file": (".bashrc", "pip config set global.trusted-host a\nA=1\n", "A=1\n"),
    "git's command": (".bashrc", "git config --global http.sslVerify false\n", ""),
}
OTHERS = {
    "git": (
        ".gitconfig",
        "[user]\n\tname = x\n[http]\n\tsslVerify = false ; why\n\tproxy = p\n",
        "[user]\n\tname = x\n[http]\n\tproxy = p\n",
    ),
    "git on one line": (
        ".gitconfig",
        "[http] sslVerify = false\n[a]\nb=c\n",
        "[http] \n[a]\nb=c\n",
    ),
    "npm": (".npmrc", "# x\nstrict-ssl=false\nregistry=https://a/\n", "# x\nregistry=https://a/\n"),
    "conda": (".condarc", "channels: []\nssl_verify: false # x\n", "channels: []\n"),
    "uv": (
        ".config/uv/uv.toml",
        'a = 1\nallow-insecure-host = [\n  "b",\n  "c",\n]\nd = 2\n',
        "a = 1\nd = 2\n",
    ),
    "curl": (".curlrc", "silent\ninsecure\n", "silent\n"),
    "yarn": (".yarnrc.yml", "enableStrictSsl: false\nx: 1\n", "x: 1\n"),
}


def found(home: Path, name: str, content: bytes) -> tuple[Path, list[Relaxation]]:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    hacks = search.find_relaxations(None, {"HOME": str(home)})
    return path, [hack for hack in hacks if hack.path == str(path)]


def left(home: Path, name: str, text: str) -> str:
    path, hacks = found(home, name, text.encode("latin-1"))
    if not hacks:
        return text
    made = relaxation.plan_change(str(path), hacks)
    return (made.new or b"").decode("latin-1")


TABLE = {
    **{f"alias: {name}": row for name, row in ALIASES.items()},
    **{f"variable: {name}": row for name, row in VARIABLES.items()},
    **{f"setting: {name}": row for name, row in OTHERS.items()},
}


@pytest.mark.parametrize(("name", "before", "after"), TABLE.values(), ids=TABLE)
def test_what_is_left(tmp_path: Path, name: str, before: str, after: str) -> None:
    assert left(tmp_path, name, before) == after


@pytest.mark.parametrize(("name", "before", "after"), TABLE.values(), ids=TABLE)
def test_what_stands_around_it_stays(tmp_path: Path, name: str, before: str, after: str) -> None:
    end = "" if before.endswith("\n") else "\n"
    ahead = "" if name == ".config/uv/uv.toml" else "\n"
    around = f"{ahead}{before}{end}\n"
    ended = "" if after.endswith("\n") or not after else end
    expected = f"{ahead}{after}{ended}\n"
    assert left(tmp_path, name, around) == expected


@pytest.mark.parametrize(
    ("name", "after"), [(name, after) for name, _, after in TABLE.values()], ids=TABLE
)
def test_a_second_look_finds_nothing(tmp_path: Path, name: str, after: str) -> None:
    _, hacks = found(tmp_path, name, after.encode("latin-1"))
    assert [hack for hack in hacks if hack.kind != "http"] == []


SHELLS = {".bashrc": "bash", ".zshrc": "zsh", ".config/fish/config.fish": "fish", ".tcshrc": "tcsh"}


@pytest.mark.parametrize(
    ("name", "before"),
    [(name, before) for name, before, _ in TABLE.values() if name in SHELLS],
    ids=[each for each, row in TABLE.items() if row[0] in SHELLS],
)
@pytest.mark.skipif(sys.platform == "win32", reason="bash may be another system's there")
def test_its_shell_still_reads_it(tmp_path: Path, name: str, before: str) -> None:
    program = shutil.which(SHELLS[name])
    if not program:
        lacking(f"no {SHELLS[name]}")
    after = left(tmp_path, name, before).encode("latin-1")
    flags = {"fish": ["--no-execute"]}.get(SHELLS[name], ["-n"])
    done = subprocess.run([program, *flags], input=after, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_npms_file_for_all_users_loses_that_line_alone(tmp_path: Path) -> None:
    (path := tmp_path / "npmrc").write_text("a=1\n\n\nstrict-ssl = false\nb=2\n")
    hacks = search.find_relaxations(None, {"NPM_CONFIG_GLOBALCONFIG": str(path)})
    (hack,) = [each for each in hacks if each.path == str(path)]
    assert hack.line == 4
    assert relaxation.plan_change(str(path), [hack]).new == b"a=1\n\n\nb=2\n"


def test_a_profile_in_utf_16_stays_one(tmp_path: Path) -> None:
    text = "# é\r\nfunction pip { pip.exe --trusted-host a @args }\r\n$x = 1\r\n"
    content = b"\xff\xfe" + text.encode("utf-16-le")
    path, hacks = found(tmp_path, ".config/powershell/profile.ps1", content)
    new = relaxation.plan_change(str(path), hacks).new or b""
    assert new == b"\xff\xfe" + "# é\r\n$x = 1\r\n".encode("utf-16-le")
    assert decoded(new)[1] == "utf-16-le"


def test_without_the_shell_a_block_is_left_with_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    block = "if true; then\n    export PIP_TRUSTED_HOST=a\nfi\nexport PIP_TRUSTED_HOST=b\n"
    assert left(tmp_path, ".bashrc", block) == "if true; then\n    :\nfi\n"


def test_hosts_are_told_and_a_variable_is_none(tmp_path: Path) -> None:
    _, hacks = found(tmp_path, ".bashrc", b"alias pip='pip --trusted-host a --trusted-host=b:1'\n")
    assert hacks[0].hosts == ("a", "b:1")
    _, hacks = found(tmp_path, ".bashrc", b'alias pip="pip --trusted-host $HOST"\n')
    assert hacks[0].hosts == ()


def test_what_an_rc_file_reads_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "my aliases").mkdir()
    (tmp_path / ".mine").write_text("alias pip='pip --trusted-host a'\n")
    (tmp_path / ".bashrc").write_text("[ -f ~/.mine ] && . ~/.mine\n")
    hacks = search.find_relaxations(None, {"HOME": str(tmp_path)})
    assert [hack.where for hack in hacks] == [f"{tmp_path / '.mine'}:1"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (".bashrc", "export CURL_CA_BUNDLE=\n"),
        (".zshrc", "export CURL_CA_BUNDLE=''\n"),
        (".profile", 'CURL_CA_BUNDLE=""; export CURL_CA_BUNDLE\n'),
        (".config/fish/config.fish", "set -gx CURL_CA_BUNDLE\n"),
        (".tcshrc", "setenv CURL_CA_BUNDLE\n"),
    ],
)
def test_a_bundle_that_is_set_to_nothing_is_a_relaxation(
    tmp_path: Path, file: str, line: str
) -> None:
    """Pips before 22.2 verify nothing then."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line)
    found = search.find_relaxations(None, {"HOME": str(tmp_path)})
    assert [(each.tool, each.setting) for each in found] == [("pip before 22.2", "CURL_CA_BUNDLE")]


def test_a_bundle_that_is_named_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    (tmp_path / ".bashrc").write_text('export CURL_CA_BUNDLE="$HOME/ca.pem"\n')
    assert search.find_relaxations(None, {"HOME": str(tmp_path)}) == []
