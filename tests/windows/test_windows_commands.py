"""spip's own words on Windows: what they print, what they keep, and on paths of any letters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.authority import Authority
from support.servers import TlsServer
from support.windows import User

HANGUL = "한글 é"


def index_words(index: TlsServer) -> list[str]:
    """Words for the one index."""
    return ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]


def test_a_printed_command_works_when_pasted(ann: User, stranger: Authority) -> None:
    """Behind a virtual environment's launcher it named the base interpreter, which has no spip."""
    file = ann.write(f"{HANGUL}/root.pem", stranger.pem)
    added = ann.run([ann.spips.python, "-m", "spip", "trust", "add", "--yes", file])
    assert added.code == 0, str(added)
    undo = re.search(r"to undo: +(.*)", added.stdout)
    assert undo
    assert undo[1].startswith(f"{ann.spips.python} -m spip trust remove "), undo[1]
    ann.run(f"cmd /d /c {undo[1]}").passed()
    assert stranger.name not in ann.spip("trust").passed().stdout


def test_letters_outside_of_the_code_page_end_nothing(ann: User, stranger: Authority) -> None:
    """The work was done, and exit code 1 with a UnicodeEncodeError said that it was not."""
    file = ann.write("root.pem", stranger.pem)
    state = rf"{ann.home.path}\{HANGUL}"
    told = ann.spip("trust", "add", "--yes", file, LOCALAPPDATA=state).passed()
    assert "\\ud55c\\uae00" in told.stdout
    out = rf"{ann.home.path}\{HANGUL}.pem"
    assert "\\ud55c" in ann.spip("trust", "export", "-o", out).passed().stdout
    assert (ann.home.folder / f"{HANGUL}.pem").exists()
    for shell in ("bash", "powershell", "json"):
        said = ann.spip("env", "--shell", shell, LOCALAPPDATA=state).passed().stdout
        assert "spip-bundle-" in said
        assert said.isascii(), said  # by a short name, since programs read paths in code pages


@pytest.mark.parametrize("shell", ["bash", "fish", "github"])
def test_a_value_for_a_posix_shell_ends_where_it_ends(ann: User, shell: str) -> None:
    """Each ended in a carriage return, in a Cygwin's bash, a WSL and a workflow's file."""
    argv = ann.spips.spip("env", "--shell", shell)
    said = ann.windows.run(argv, ann.home, raw=True).passed()
    assert "SSL_CERT_FILE" in said.stdout
    assert "\r" not in said.stdout


def test_cmd_takes_the_variables(ann: User) -> None:
    # Wine's cmd takes no whole command out of the variable of a `for`.
    script = f"@{ann.spips.spip()[0]} env --shell cmd >vars.cmd\r\n@call vars.cmd >nul\r\n"
    ann.write("run.cmd", f"{script}@echo [%SSL_CERT_FILE%]\r\n".encode())
    said = ann.run(["cmd", "/d", "/c", "run.cmd"]).passed()
    found = re.search(r"\[(.+)\]", said.stdout)
    assert found, str(said)
    bundle = found[1].replace(ann.home.path, str(ann.home.folder)).replace("\\", "/")
    assert Path(bundle).read_bytes().count(b"-----BEGIN") > 100


def test_a_command_runs_with_the_variables_and_ends_with_its_own_code(ann: User) -> None:
    for code in (3, 0x80000000, 0xFFFFFFFF):
        end = f"import ctypes; ctypes.windll.kernel32.ExitProcess({code})"
        assert ann.spip("env", "--", ann.spips.python, "-c", end).code == code


def test_a_batch_file_gets_its_arguments_and_runs_nothing_else(ann: User) -> None:
    """npm is one. With Python's quotes, what follows `&` was a command of its own."""
    lines = ("@echo off", ":next", "if [%1]==[] exit /b 7", "echo got %1", "shift", "goto next")
    ann.write("bin/tool.cmd", "".join(f"{line}\r\n" for line in lines).encode())
    path = rf"{ann.home.path}\bin"
    said = ann.spip("env", "--", "tool", "a&echo injected", "two words", "50%PATH%", PATH=path)
    assert said.code == 7, str(said)
    got = [line for line in said.stdout.splitlines() if line.startswith("got")]
    assert got[0] == 'got "a&echo injected"', said.stdout
    assert got[1] == 'got "two words"'
    assert "injected" not in said.stdout.replace('"a&echo injected"', "")


def test_the_doctor_finds_the_index_well_and_a_strange_one_not(
    ann: User, index: TlsServer, strange_index: TlsServer
) -> None:
    well = ann.spip("doctor", "--json", PIP_INDEX_URL=index.url("/simple/"))
    assert well.code == 0, str(well)
    assert json.loads(well.stdout)["verdict"] == "healthy"
    ill = ann.spip("doctor", "--json", PIP_INDEX_URL=strange_index.url("/simple/"))
    assert ill.code == 1, str(ill)
    assert "Traceback" not in ill.output


def test_a_grant_is_given_used_logged_and_revoked(ann: User, strange_index: TlsServer) -> None:
    host = f"localhost:{strange_index.port}"
    ann.spip("allow-insecure", host, "--reason", f"{HANGUL} roll-out", "--yes").passed()
    words = ["download", *index_words(strange_index), "--no-deps", "-d", "to", "demo"]
    used = ann.spip(*words).passed()
    assert "VERIFICATION IS OFF" in used.stderr
    logged = ann.spip("log", "--json").passed().stdout
    assert "demo-1.0" in logged
    assert "\\ud55c" in logged
    ann.spip("allow-insecure", "--revoke", host).passed()
    ann.spip(*words).failed()


def test_a_policy_that_anyone_could_write_is_not_obeyed_but_stops_grants(
    ann: User, strange_index: TlsServer
) -> None:
    # Wine knows no file of an administrator's: one of a user's is all that can be tried here.
    folder = ann.windows.drive / "ProgramData" / "spip"
    folder.mkdir(parents=True, exist_ok=True)
    policy = folder / "policy.toml"
    words = ["allow-insecure", f"localhost:{strange_index.port}", "--reason", "x", "--yes"]
    try:
        policy.write_text("[grants]\nallowed = true\n", "utf-8")
        refused = ann.spip(*words).failed()
        assert (
            r"policy C:\ProgramData\spip\policy.toml lies in C:\ProgramData\spip" in refused.stderr
        )
        assert "which belongs to S-1-5-21" in refused.stderr, str(refused)
        assert strange_index.record.handed_over == 0
    finally:
        policy.unlink()


def test_what_lies_on_no_drive_is_no_absolute_path(each: User, stranger: Authority) -> None:
    """It lies on whichever drive is current."""
    file = ann_file = each.write("root.pem", stranger.pem)
    rootless = ann_file[2:].replace("\\", "/")
    said = each.spip("trust", SPIP_CA_BUNDLE=rootless).passed()
    assert stranger.name not in said.stdout, str(said)
    assert stranger.name in each.spip("trust", SPIP_CA_BUNDLE=file).passed().stdout


def test_a_python_without_ssl_is_no_traceback(ann: User) -> None:
    ann.write("site/sitecustomize.py", b"import sys; sys.modules['_ssl'] = None\n")
    site = rf"{ann.home.path}\site"
    for words in (["list"], ["trust"], ["env"], ["download", "demo", "--retries=0"]):
        said = ann.spip(*words, PYTHONPATH=site)
        assert "Traceback" not in said.output, str(said)


@pytest.mark.parametrize("folder", ["plain", HANGUL])
def test_cmds_hook_means_spip(ann: User, folder: str) -> None:
    """The batch file is read in the console's code page, which lacks a user's letters."""
    ann.write(f"{folder}/spip.cmd", b"@echo spip %*\r\n@exit /b 3\r\n")
    program = rf"{ann.home.path}\{folder}\spip.cmd"
    code = (
        "import sys; from spip.hooks import shells; from spip.hooks.spip_command import Program; "
        "p = sys.argv[1]; sys.stdout.reconfigure(encoding='utf-8', newline='\\r\\n'); "
        "print(shells.filled('path.cmd', shells.named('cmd'), Program((p,), p)), end='')"
    )
    made = ann.windows.run([ann.spips.python, "-c", code, program], ann.home, raw=True).passed()
    ann.write("hook/pip.cmd", made.stdout.encode())
    said = ann.run(["cmd", "/d", "/c", r"hook\pip.cmd", "install", "two words"])
    assert said.stdout.strip() == 'spip install "two words"', str(said)
    assert said.code == 3


def test_the_hook_for_cmd_is_installed_and_removed(ann: User) -> None:
    installed = ann.spip("hook", "install", "cmd").passed()
    try:
        folder = re.search(r"(?:made|changed) +(.*)\\pip\.cmd", installed.stdout)
        assert folder, str(installed)
        path = rf"{folder[1]};C:\windows\system32;C:\windows"
        said = ann.run(["cmd", "/d", "/c", "pip --version"], PATH=path).passed()
        assert said.stdout.startswith("pip "), str(said)
    finally:
        removed = ann.spip("hook", "remove", "cmd").passed()
    assert "pip.cmd" in removed.output, str(removed)


def test_a_shell_is_told_by_the_parent_processes(ann: User) -> None:
    """Windows sets PSModulePath for everyone, which was taken for PowerShell, also in cmd."""
    said = ann.run(f"cmd /d /c {ann.spips.spip()[0]} env").passed()
    assert said.stdout.startswith('set "PIP_CERT='), str(said)
    undo = ann.run(f'cmd /d /c {ann.spips.spip()[0]} trust remove "a b"')
    assert "Traceback" not in undo.output, str(undo)
