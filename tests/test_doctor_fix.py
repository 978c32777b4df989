"""`spip doctor --fix`: verification first, then the hack; asked for, kept, undone to the byte."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support import own_etc
from support.authority import Authority
from support.dying import MOMENTS, kills
from support.environments import Environment, current_environment, environment, with_spip
from support.lacking import lacking
from support.run import Result, clean_environment, run
from support.servers import TlsServer
from support.terminal import at_terminal

if sys.platform == "win32":
    pytest.skip("rc files and their modes are tested where they are", allow_module_level=True)

OLD = 1_600_000_000_123_456_789
ALIAS = "alias pip='pip --trusted-host localhost'\n"
CONF = "[global]\nindex-url = {url}\ntrusted-host = localhost\n"


@dataclass(frozen=True)
class Desk:
    """A home, a pip, and a spip; `trusted` names a bundle that spip trusts."""

    home: Path
    env: Environment
    trusted: Path

    def put(self, name: str, text: str | bytes, mode: int = 0o644) -> Path:
        """Write a file of the home, as it was years ago."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        os.utime(path, ns=(OLD, OLD))
        return path

    def conf(self, text: str) -> Path:
        """pip's configuration, the only one that it reads."""
        return self.put("pip.conf", text)

    def environ(self, **more: str) -> dict[str, str]:
        """The variables of a run."""
        conf = self.home / "pip.conf"
        told = {"PIP_CONFIG_FILE": str(conf)} if conf.exists() else {}
        return clean_environment(self.home, SPIP_CA_BUNDLE=str(self.trusted), **told, **more)

    def doctor(self, *words: str, **more: str) -> Result:
        """Run the doctor, nobody being there to be asked."""
        return run(self.env.spip("doctor", *words), env=self.environ(**more))

    def answering(self, *answers: str) -> str:
        """Run `--fix` at a terminal and type these; what was shown."""
        environ = self.environ(TERM="dumb", COLUMNS="200")
        return at_terminal(self.env.spip("doctor", "--fix"), environ, *answers)[1]


def looks(path: Path) -> tuple[bytes, int, int]:
    seen = path.stat()
    return path.read_bytes(), seen.st_mtime_ns, stat.S_IMODE(seen.st_mode)


@pytest.fixture(scope="module")
def spip() -> Environment:
    return with_spip(current_environment())


@pytest.fixture
def desk(spip: Environment, authority: Authority, tmp_path: Path) -> Desk:
    if own_etc.missing():
        lacking(own_etc.missing(), installable=False)
    home = tmp_path / "home of é"
    home.mkdir(mode=0o700)
    return Desk(home, spip, authority.write(tmp_path))


def test_without_a_terminal_and_without_yes_all_is_listed_and_nothing_changed(
    desk: Desk, index: TlsServer
) -> None:
    rc, conf = desk.put(".bashrc", ALIAS), desk.conf(CONF.format(url=index.url("/simple/")))
    before = looks(rc), looks(conf)
    said = desk.doctor("--fix")
    assert said.code == 1
    assert f"{rc}:1: --trusted-host switches verification off for pip (localhost)" in said.stdout
    assert f"{conf}:3: trusted-host in [global]" in said.stdout
    assert "then:" in said.stdout
    assert "cache purge" in said.stdout
    assert "hook install bash" in said.stdout
    assert "nothing was changed" in said.stdout
    assert (looks(rc), looks(conf)) == before
    kept = {path.relative_to(desk.home).parts[:2] for path in desk.home.rglob("*")}
    # The target's pip was asked as spip runs it, so the bundle of that run is in spip's cache.
    assert kept - {(".cache",), (".cache", "spip")} == {(".bashrc",), ("pip.conf",)}


@pytest.mark.parametrize("end", ["B=2\n", "B=2", f"B=2\n{ALIAS}", f"B=2\n{ALIAS.strip()}"])
def test_a_dry_run_shows_a_patch_that_makes_the_change(
    desk: Desk, index: TlsServer, end: str
) -> None:
    if not shutil.which("patch"):
        lacking("no patch", installable=False)
    rc = desk.put(".zshrc", f"A=1\n{ALIAS}\nexport PIP_TRUSTED_HOST=localhost\n{end}")
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    before = looks(rc)
    said = desk.doctor("--fix", "--dry-run").passed().stdout
    assert looks(rc) == before
    (copy := desk.home / "copy").write_bytes(rc.read_bytes())
    run(["patch", "--unified", copy], stdin=said[said.index(f"--- {rc}") :]).passed()
    desk.answering("y", "y", *(["y"] if "alias" in end else []), "no", "no")
    assert rc.read_text() == copy.read_text()


def test_until_verification_works_the_hack_stays(desk: Desk, strange_index: TlsServer) -> None:
    rc, conf = desk.put(".bashrc", ALIAS), desk.conf(CONF.format(url=strange_index.url("/simple/")))
    before = looks(rc), looks(conf)
    said = desk.doctor("--fix", "--yes")
    assert said.code == 1
    assert said.stdout.count("stays: ") == 2
    assert "Unknown Root CA" in said.stdout
    assert (looks(rc), looks(conf)) == before


def test_a_host_that_only_the_hack_names_is_asked_too(
    desk: Desk, index: TlsServer, strange_index: TlsServer
) -> None:
    """Its certificate is refused: without the hack it would be."""
    conf = desk.conf(
        CONF.format(url=index.url("/simple/")) + f"    127.0.0.1:{strange_index.port}\n"
    )
    before = looks(conf)
    said = desk.doctor("--fix", "--yes")
    assert said.code == 1
    assert f"127.0.0.1:{strange_index.port}" in said.stdout
    assert looks(conf) == before


def test_a_root_that_is_here_is_added_first(
    desk: Desk, stranger: Authority, strange_index: TlsServer
) -> None:
    conf = desk.conf(CONF.format(url=strange_index.url("/simple/")))
    (folder := desk.home / "company").mkdir(mode=0o700)
    root = stranger.write(folder)
    told = {"NODE_EXTRA_CA_CERTS": str(root)}
    listed = desk.doctor("--fix", **told)
    assert "first:" in listed.stdout
    assert f"trust add '{root}'" in listed.stdout
    assert "stays" not in listed.stdout
    said = desk.doctor("--fix", "--yes", **told).passed().stdout
    assert "trusted-host" not in conf.read_text()
    assert "to undo:  " in said
    assert "Unknown Root CA" in said
    desk.doctor(strange_index.url("/simple/")).passed()


def test_a_root_that_cannot_be_added_is_something_left(
    desk: Desk, stranger: Authority, strange_index: TlsServer
) -> None:
    """Without any hack beside it that was exit code 0."""
    desk.conf(f"[global]\nindex-url = {strange_index.url('/simple/')}\n")
    desk.put(".config", "where spip's folder would be")
    (folder := desk.home / "company").mkdir(mode=0o700)
    said = desk.doctor("--fix", "--yes", NODE_EXTRA_CA_CERTS=str(stranger.write(folder)))
    assert said.code == 1
    assert "not done (exit 1)" in said.stdout
    assert "pip doesn't work here yet; the root that localhost" in said.stdout


def test_an_http_mirror_that_verifies_under_https_is_changed(desk: Desk, index: TlsServer) -> None:
    plain = index.url("/simple/").replace("https://", "http://user:pa55word@")
    conf = desk.conf(f"[global]\nindex-url: {plain}\n[install]\ntrusted-host = localhost\n")
    said = desk.doctor("--fix", "--yes").passed()
    secured = plain.replace("http://", "https://")
    assert conf.read_text() == f"[global]\nindex-url: {secured}\n[install]\n"
    assert "pa55word" not in said.output
    assert "https://****@localhost" in said.stdout


def test_an_http_mirror_without_https_stays_with_its_hack(desk: Desk) -> None:
    conf = desk.conf(CONF.format(url="http://localhost:1/simple/"))
    before = looks(conf)
    said = desk.doctor("--fix", "--yes")
    assert said.code == 1
    assert "https:// doesn't verify there" in said.stdout
    assert "over http://" in said.stdout
    assert looks(conf) == before


def test_a_bundle_that_is_gone_goes_whatever_else_fails(desk: Desk) -> None:
    """What is left is said, and is what the exit code is about."""
    desk.conf("[global]\nindex-url = https://localhost:1/simple/\n")
    rc = desk.put(".profile", "export REQUESTS_CA_BUNDLE=~/none.pem # x\nA=1\n", 0o600)
    said = desk.doctor("--fix", "--yes").failed()
    assert "pip doesn't work here yet; localhost port 1 refuses connections" in said.stdout
    assert rc.read_text() == "A=1\n"
    assert looks(rc)[2] == 0o600


def test_certificates_in_a_certifi_are_taken_over_and_then_removed(
    desk: Desk, spip: Environment, stranger: Authority, strange_index: TlsServer, tmp_path: Path
) -> None:
    copy = spip.copy(tmp_path / "env")
    bundle = copy.site_packages / "pip" / "_vendor" / "certifi" / "cacert.pem"
    genuine = bundle.read_bytes()
    bundle.write_bytes(genuine + b"\n# ours\n" + stranger.pem)
    there = Desk(desk.home, copy, desk.trusted)
    there.conf(f"[global]\nindex-url = {strange_index.url('/simple/')}\n")
    before = bundle.read_bytes()
    listed = there.doctor("--fix")
    assert "certificates added to pip's certifi" in listed.stdout
    assert bundle.read_bytes() == before
    there.doctor("--fix", "--yes").passed()
    assert bundle.read_bytes() == genuine
    there.doctor().passed()
    there.doctor("--undo").passed()
    assert bundle.read_bytes() == before


def test_answers_decide_one_by_one(desk: Desk, index: TlsServer) -> None:
    rc = desk.put(".bashrc", f"{ALIAS}export GIT_SSL_NO_VERIFY=1\n")
    desk.put(".npmrc", "strict-ssl=false\n")
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    said = desk.answering("no", "yes", "y", "n", "no", "no")
    assert rc.read_text() == ALIAS
    assert "trusted-host" not in conf.read_text()
    assert (desk.home / ".npmrc").read_text() == "strict-ssl=false\n"
    assert "[yes/no/all/quit]" in said


def test_quitting_changes_nothing(desk: Desk, index: TlsServer) -> None:
    rc, conf = desk.put(".bashrc", ALIAS), desk.conf(CONF.format(url=index.url("/simple/")))
    before = looks(rc), looks(conf)
    desk.answering("yes", "quit")
    assert (looks(rc), looks(conf)) == before


def test_all_is_yes_to_the_rest(desk: Desk, index: TlsServer) -> None:
    rc, conf = desk.put(".bashrc", ALIAS), desk.conf(CONF.format(url=index.url("/simple/")))
    desk.answering("all")
    assert "trusted-host" not in rc.read_text() + conf.read_text()
    assert ">>> spip hook >>>" in rc.read_text()


def test_a_link_stays_one_and_comes_back(desk: Desk, index: TlsServer) -> None:
    real = desk.put("dotfiles/bashrc", ALIAS, 0o640)
    (desk.home / ".bashrc").symlink_to("dotfiles/bashrc")
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    before = looks(real)
    desk.doctor("--fix", "--yes").passed()
    assert (desk.home / ".bashrc").is_symlink()
    assert "trusted-host" not in real.read_text()
    desk.doctor("--undo").passed()
    assert (desk.home / ".bashrc").is_symlink()
    assert looks(real) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_another_users_file_is_named_and_left_alone(desk: Desk, index: TlsServer) -> None:
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    os.chown(conf, 12345, 12345)
    before = looks(conf)
    said = desk.doctor("--fix", "--yes")
    assert said.code == 1
    assert f"{conf}:3" in said.stdout
    assert "belongs to another user" in said.stdout
    assert looks(conf) == before


def test_a_read_only_file_is_left_alone(desk: Desk, index: TlsServer) -> None:
    rc = desk.put(".bashrc", ALIAS, 0o444)
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    before = looks(rc)
    assert "is read-only" in desk.doctor("--fix", "--yes").failed().stdout
    assert looks(rc) == before


def test_the_backup_is_its_owners_alone(desk: Desk, index: TlsServer) -> None:
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    content = conf.read_bytes()
    desk.doctor("--fix", "--yes").passed()
    (kept,) = (desk.home / ".local/share/spip/fix").iterdir()
    backup = kept / "0-pip.conf"
    assert backup.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_undo_leaves_what_was_changed_since_and_brings_the_others_back(
    desk: Desk, index: TlsServer
) -> None:
    """One file that was changed since kept all others from coming back."""
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    rc = desk.put(".zshrc", "export PIP_TRUSTED_HOST=localhost\n")
    before, after = looks(conf), looks(rc)
    desk.doctor("--fix", "--yes").passed()
    with conf.open("a") as file:
        file.write("timeout = 9\n")
    since = looks(conf)
    for _ in range(2):  # it can be said again
        said = desk.doctor("--undo")
        assert said.code == 1
        assert f"not restored  {conf}: it was changed since" in said.stdout
        assert looks(conf) == since
        assert looks(rc) == after
    (command,) = re.findall(r"look at it:  (.*)", said.stdout)
    assert run(shlex.split(command)).stdout.splitlines()[-1] == "> timeout = 9"
    conf.write_text(conf.read_text().replace("timeout = 9\n", ""))
    desk.doctor("--undo").passed()
    assert looks(conf) == before
    assert not (desk.home / ".local").exists()


def test_a_hook_that_came_since_is_no_change_of_somebody_elses(
    desk: Desk, index: TlsServer, lasting_path: Path
) -> None:
    """What --fix itself proposes at its end, `hook install`, kept --undo from working."""
    before = b"alias ll='ls -l'\nexport PIP_TRUSTED_HOST=localhost"  # without an end
    rc = desk.put(".zshrc", before)
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    desk.doctor("--fix", "--yes").passed()
    (commands := lasting_path / "bin").mkdir()
    (commands / "spip").symlink_to(desk.env.scripts / "spip")
    environ = desk.environ(PATH=f"{commands}:/usr/bin:/bin", TERM="dumb")
    run(["spip", "hook", "install", "zsh"], env=environ).passed()
    assert b">>> spip hook >>>" in rc.read_bytes()
    run(["spip", "doctor", "--undo"], env=environ).passed()
    assert rc.read_bytes().startswith(before + b"\n")
    assert rc.read_bytes().count(b">>> spip hook >>>") == 1
    run(["spip", "hook", "remove", "zsh"], env=environ).passed()
    assert rc.read_bytes() == before


def test_undo_with_nothing_to_undo(desk: Desk) -> None:
    said = desk.doctor("--undo")
    assert (said.code, said.stderr) == (1, "")
    assert "nothing to undo" in said.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
@pytest.mark.parametrize("whose", ["home", "record"])
def test_undo_does_nothing_by_what_another_user_kept(
    desk: Desk, index: TlsServer, whose: str
) -> None:
    """As root under a kept HOME: that user's record could name any of root's files."""
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    desk.doctor("--fix", "--yes").passed()
    before = looks(conf)
    (kept,) = (desk.home / ".local/share/spip/fix").iterdir()
    os.chown(desk.home if whose == "home" else kept / "record.json", 12345, 12345)
    said = desk.doctor("--undo").failed()
    assert ("belongs to another user" if whose == "home" else "not written by you") in said.stderr
    assert looks(conf) == before


def test_two_runs_are_undone_one_after_the_other(desk: Desk, index: TlsServer) -> None:
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    first = looks(conf)
    desk.doctor("--fix", "--yes").passed()
    rc = desk.put(".zshrc", "export PIP_TRUSTED_HOST=localhost\n")
    second = looks(rc)
    desk.doctor("--fix", "--yes").passed()
    desk.doctor("--undo").passed()
    assert looks(rc) == second
    assert "trusted-host" not in conf.read_text()
    desk.doctor("--undo").passed()
    assert looks(conf) == first
    assert not (desk.home / ".local").exists()


@pytest.mark.parametrize(("function", "afterwards"), MOMENTS)
def test_a_kill_leaves_the_old_file_or_the_new_one(
    desk: Desk, index: TlsServer, function: str, *, afterwards: bool
) -> None:
    """At each moment at which something is written: a backup, the record of it, the file."""
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    old = conf.read_bytes()
    new = old.replace(b"trusted-host = localhost\n", b"")
    left = []
    words = ["doctor", "--fix", "--yes"]
    for _ in kills(desk.env, function, *words, afterwards=afterwards, env=desk.environ()):
        left.append(conf.read_bytes())
        conf.write_bytes(old)
    assert set(left) == ({old, new} if afterwards else {old})
    assert conf.read_bytes() == new
    assert [path.name for path in desk.home.iterdir() if ".spip-" in path.name] == []


HACKS = {
    ".bashrc": "export A=1\nalias pip='pip --trusted-host localhost'\nalias ll='ls -l'\n",
    ".zshrc": 'pip() {\n  command pip --trusted-host localhost "$@"\n}\nB=2\n',
    ".profile": "PIP_TRUSTED_HOST=localhost; export PIP_TRUSTED_HOST\n",
    ".config/fish/config.fish": "alias pip 'pip --trusted-host localhost'\nset x 1\n",
    ".tcshrc": "alias pip 'pip --trusted-host localhost \\!*'\nset x=1\n",
    ".xonshrc": "aliases['pip'] = 'pip --trusted-host localhost'\nx = 1\n",
    ".config/nushell/config.nu": "alias pip = ^pip --trusted-host localhost\n",
    ".config/powershell/profile.ps1": "function pip { pip.exe --trusted-host localhost @args }\r\n",
    "aliases.cmd": "@doskey pip=pip --trusted-host localhost $*\r\n@echo off\r\n",
    ".config/environment.d/pip.conf": "PIP_TRUSTED_HOST=localhost\n",
    ".gitconfig": "[http]\n\tsslVerify = false\n\tproxy = p\n",
    ".npmrc": "# x\nstrict-ssl=false\n",
    ".condarc": "ssl_verify: false\n",
    ".curlrc": "insecure\nsilent\n",
    ".wgetrc": "check_certificate = off\n",
    ".yarnrc.yml": "enableStrictSsl: false\n",
    ".config/uv/uv.toml": 'allow-insecure-host = ["localhost"]\n',
}


def test_everything_at_once_goes_and_comes_back(desk: Desk, index: TlsServer) -> None:
    paths = [desk.put(name, text, 0o600) for name, text in HACKS.items()]
    paths.append(desk.conf(CONF.format(url=index.url("/simple/"))))
    before = {path: looks(path) for path in paths}
    assert desk.doctor("--strict").code == 1
    desk.doctor("--fix", "--yes").passed()
    for path in paths:
        content = path.read_bytes()
        assert b"localhost" not in content or path.name == "pip.conf"
        assert stat.S_IMODE(path.stat().st_mode) == before[path][2]
    assert (
        "verification is switched off"
        not in desk.doctor("--strict", "--accept", "extra-root").stdout
    )
    assert "nothing to mend" in desk.doctor("--fix", "--yes").passed().stdout
    desk.doctor("--undo").passed()
    assert {path: looks(path) for path in paths} == before


NEW_SHELLS = {
    "bash": (".bashrc", ALIAS, ["-i"]),
    "zsh": (".zshrc", HACKS[".zshrc"], ["-i"]),
    "fish": (".config/fish/config.fish", HACKS[".config/fish/config.fish"], ["-i"]),
    "tcsh": (".tcshrc", HACKS[".tcshrc"], []),
}


@pytest.mark.parametrize("shell", NEW_SHELLS)
def test_in_a_new_shell_pip_is_spip_and_verifies(
    desk: Desk, index: TlsServer, lasting_path: Path, shell: str
) -> None:
    """The pip there, 23.0.1, knows nothing of the root that spip trusts."""
    program = shutil.which(shell, path="/usr/bin:/bin")
    if not program:
        lacking(f"no {shell}")
    rc, hack, options = NEW_SHELLS[shell]
    desk.put(rc, hack)
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    old = environment("3.10", "23.0.1")
    (commands := lasting_path / "bin").mkdir()  # a hook names nothing that others could replace
    (commands / "spip").symlink_to(desk.env.scripts / "spip")
    environ = desk.environ(PATH=f"{commands}:{old.scripts}:/usr/bin:/bin", TERM="dumb")
    run(["spip", "doctor", "--fix", "--yes"], env=environ).passed()
    # tcsh calls itself interactive by its prompt.
    typed = "set prompt=x\nsource ~/.tcshrc\n" if shell == "tcsh" else ""
    typed += "pip download --quiet --no-deps --retries 0 -d ~/to demo\n"
    run([program, *options], env=environ, stdin=typed)
    assert [path.name for path in (desk.home / "to").glob("*")] == ["demo-1.0-py2.py3-none-any.whl"]


def test_several_at_once_leave_one_change_and_its_backup(desk: Desk, index: TlsServer) -> None:
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    before = looks(conf)
    words = desk.env.spip("doctor", "--fix", "--yes")
    started = [
        subprocess.Popen(words, env=desk.environ(), stdout=subprocess.DEVNULL) for _ in range(6)
    ]
    for each in started:
        each.wait(120)
    assert "trusted-host" not in conf.read_text()
    desk.doctor("--undo").passed()
    assert looks(conf) == before
    assert desk.doctor("--undo").code == 1


def test_what_this_shell_still_has_is_told(desk: Desk, index: TlsServer) -> None:
    desk.conf(f"[global]\nindex-url = {index.url('/simple/')}\n")
    said = desk.doctor("--fix", "--yes", PIP_TRUSTED_HOST="localhost")
    assert said.code == 1
    assert "unset PIP_TRUSTED_HOST" in said.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--dry-run",),
        ("--yes",),
        ("--fix", "--undo"),
        ("--fix", "localhost"),
        ("--fix", "--json"),
        ("--undo", "--strict"),
    ],
)
def test_what_has_no_meaning_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.doctor(*words).code == 2


def test_older_pips_are_served_as_well(desk: Desk, index: TlsServer) -> None:
    old = environment("3.8", "23.0.1")
    conf = desk.conf(CONF.format(url=index.url("/simple/")))
    desk.doctor("--fix", "--yes", SPIP_PYTHON=str(old.python)).passed()
    assert "trusted-host" not in conf.read_text()
