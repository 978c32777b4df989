"""How spip runs pip on Windows: another interpreter, arguments, exit codes, its own file."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest

from support import single_file, wine
from support.project import project_wheel
from support.servers import TlsServer
from support.windows import User, Windows, copied


def target(user: User, code: int = 0) -> str:
    """A Python whose pip says what it was given, and ends with a code; its path."""
    folder = user.home.folder / "venv 한글"
    path = rf"{user.home.path}\venv 한글"
    if not folder.exists():
        argv = [wine.python(wine.NEWEST), "-m", "venv", "--without-pip", path]
        user.run(argv).passed()
    pip = folder / "Lib" / "site-packages" / "pip" / "_internal"
    (pip / "cli").mkdir(parents=True, exist_ok=True)
    for each in (pip.parent, pip, pip / "cli"):
        (each / "__init__.py").write_bytes(b"__version__ = '26.3'\n")
    end = f"ctypes.windll.kernel32.ExitProcess({code})"
    body = (
        "import ctypes, json, sys\n\n\ndef main(args=None):\n"
        f"    print(json.dumps(sys.argv[1:]), flush=True)\n    {end}\n"
    )
    (pip / "cli" / "main.py").write_text(body, "utf-8")
    return rf"{path}\Scripts\python.exe"


WORDS = ["install", "two words", "한글 é", 'a"b', "c\\", "d\\\\ e", "", "%PATH%", "^&|<>", "*"]


def test_every_word_reaches_the_pip_of_another_interpreter(ann: User) -> None:
    python = target(ann)
    said = ann.spip(*WORDS, SPIP_PYTHON=python)
    assert said.code == 0, str(said)
    assert json.loads(said.stdout) == WORDS
    many = ["install", *("x" * 99 for _ in range(300))]  # 30,000 characters; 32,767 may be
    said = ann.spip(*many, SPIP_PYTHON=python)
    assert said.code == 0, str(said)
    assert json.loads(said.stdout) == many


def test_pips_exit_code_is_spips(ann: User) -> None:
    """Each from 2^31 up became 0xFFFFFFFF."""
    for code in (1, 0x80000000, 0xC0000005, 0xFFFFFFFF):
        assert ann.spip("list", SPIP_PYTHON=target(ann, code)).code == code


def test_ctrl_c_ends_it_as_it_ends_pip(ann: User) -> None:
    code = (
        "import ctypes, signal, subprocess, sys, time; "
        "k = ctypes.windll.kernel32; k.FreeConsole(); k.AllocConsole(); "
        "k.SetConsoleCtrlHandler(None, False); "
        "signal.signal(signal.SIGINT, signal.SIG_IGN) if 0 else None; "
        "p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT); "
        "line = p.stdout.readline(); time.sleep(.5); "
        "signal.signal(signal.SIGINT, lambda *_: None); "
        "k.GenerateConsoleCtrlEvent(0, 0); out = p.communicate()[0]; "
        "print(p.returncode, (line + out).decode('utf-8', 'replace'))"
    )
    waits = "print('begun', flush=True); import time; time.sleep(60)"
    words = ann.spips.spip("env", "--", ann.spips.python, "-c", waits)
    said = ann.run([ann.spips.python, "-c", code, *words])
    assert said.seconds < 50, str(said)
    assert "begun" in said.stdout, str(said)
    assert said.stdout.split()[0] != "0", str(said)


def test_spip_exe_does_not_replace_itself_and_says_what_does(ann: User) -> None:
    """pip allows no import once it installs, which this made: spip.exe was half replaced."""
    own = copied(ann.windows, ann.spips, ann.home.folder / "venv")
    ann = dataclasses.replace(ann, spips=own)
    wheel = wine.to_windows(project_wheel())
    words = ["install", "--force-reinstall", "--no-deps", "--no-index", wheel]
    said = ann.spip(*words).failed()
    assert f"{ann.spips.python} -m spip install --force-reinstall" in said.output, str(said)
    said = ann.spip("uninstall", "--yes", "spip-shim").failed()
    assert "-m spip uninstall --yes spip-shim" in said.output
    assert ann.spip("--version").code == 0


def test_the_single_file_runs(ann: User, index: TlsServer, strange_index: TlsServer) -> None:
    built = single_file.built()
    shutil.copy(built / "spip.pyz", ann.home.folder / "spip.pyz")
    archive = [wine.python(wine.NEWEST), "spip.pyz"]
    assert ann.run([*archive, "--version"]).passed().stdout.startswith("pip ")
    assert "Windows certificate store" in ann.run([*archive, "trust"]).passed().stdout
    _unlock_engine(ann)
    for server, code in ((index, 0), (strange_index, 1)):
        where = ["--index-url", server.url("/simple/"), "--no-cache-dir", "--retries=0"]
        said = ann.run([*archive, "download", *where, "--no-deps", "-d", "to", "demo"])
        assert said.code == code, str(said)


def _unlock_engine(user: User) -> None:
    for file in user.home.folder.rglob("truststore/_windows.py"):
        text = file.read_text("utf-8").replace('("dwExclusiveFlags", DWORD),', "")
        file.write_text(text, "utf-8")
    assert isinstance(user.windows, Windows)


@pytest.mark.parametrize("words", [("list",), ("--version",), ("config", "list")])
def test_what_needs_no_network_is_as_pip_has_it(each: User, words: tuple[str, ...]) -> None:
    ours, pips = each.spip(*words), each.run(each.spips.pip(*words))
    assert (ours.code, ours.stdout) == (pips.code, pips.stdout), str(ours)
