"""The parts of set-up that decide, without an environment being made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from _setup import build, desk, environment, machine, network, pip, python, relocate, roots, words
from _setup.record import FinalError, Record
from spip.errors import SpipError
from spip.target import Target
from support.authority import Authority, bundle

PROJECT = """\
[build-system]
requires = ["backend"]

[project]
dependencies = [
    "first",
]

[tool.ruff]
line-length = 100

[dependency-groups]
test = ["pytest"]

[tool.flit.module]
name = "spip"
"""


def test_what_is_installed_depends_on_these_tables_alone() -> None:
    text = environment.tables(PROJECT, ("build-system", "project", "tool.flit"))
    assert "line-length" not in text
    assert "pytest" not in text
    for word in ("backend", "first", "name ="):
        assert word in text


def test_the_place_aside_is_as_long_as_the_final_one() -> None:
    for each in (environment.SPIP, environment.TEST):
        assert len({len(each.folder), len(each.aside), len(each.outgoing)}) == 1
        assert len({each.folder, each.aside, each.outgoing}) == 3


def test_a_moved_environment_names_its_new_place(tmp_path: Path) -> None:
    scripts = tmp_path / ("Scripts" if os.name == "nt" else "bin")
    scripts.mkdir()
    (tmp_path / "pyvenv.cfg").write_text("command = python -m venv /a/.vnew\n", "utf-8")
    launcher = b"MZ\x00\xff/a/.vnew/python\r\nPK\x03\x04"
    (scripts / "program").write_bytes(launcher)
    (scripts / "program").chmod(0o755)
    relocate.rewrite(os.fspath(tmp_path), "/a/.vnew", "/a/.venv")
    assert "/a/.venv" in (tmp_path / "pyvenv.cfg").read_text("utf-8")
    assert (scripts / "program").read_bytes() == launcher.replace(b"vnew", b"venv")
    assert os.access(scripts / "program", os.X_OK)
    with pytest.raises(ValueError, match="/a/b"):
        relocate.rewrite(os.fspath(tmp_path), "/a/.vnew", "/a/b")


def test_where_to_install_from_is_kept_and_where_to_is_not() -> None:
    kept = {"PIP_INDEX_URL": "https://index.corp.example/simple/", "HTTPS_PROXY": "http://p:1"}
    kept |= {"PIP_CLIENT_CERT": "me.pem", "PIP_EXTRA_INDEX_URL": "e"}
    dropped = dict.fromkeys(("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON"), "x")
    dropped |= {"PIP_REQUIRE_HASHES": "1", "PYTHONPATH": "x", "PYTHONHOME": "x"}
    dropped |= {"PIP_TRUSTED_HOST": "h"}  # verification is never relaxed
    assert network.cleaned({**kept, **dropped}).items() >= kept.items()
    assert not set(dropped) & set(network.cleaned({**kept, **dropped}))


def test_the_bundle_is_named_by_every_variable_that_beats_another() -> None:
    environ = network.trusting({"PIP_CERT": "a", "REQUESTS_CA_BUNDLE": "b"}, "roots.pem")
    assert environ["PIP_CERT"] == environ["REQUESTS_CA_BUNDLE"] == "roots.pem"
    assert environ["CURL_CA_BUNDLE"] == "roots.pem"


def test_a_bundle_holds_each_root_once(
    tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    one = bundle(tmp_path, authority, name="one.pem")
    folder = tmp_path / "folder"
    folder.mkdir()
    bundle(folder, authority, stranger)
    plain = roots.found({}, None, None)
    named = {"PIP_CERT": os.fspath(one), "SSL_CERT_DIR": os.fspath(folder)}
    more = roots.found(named, os.fspath(tmp_path / "gone"), None)
    assert more.pem.count("BEGIN CERTIFICATE") == plain.pem.count("BEGIN CERTIFICATE") + 2
    assert len(more.notices) == 1
    assert "gone" in more.notices[0]


@pytest.mark.skipif(os.name == "nt", reason="a device of POSIX")
def test_a_device_is_no_bundle() -> None:
    assert "/dev/zero" in roots.found({"PIP_CERT": "/dev/zero"}, None, None).notices[0]


def test_the_settings_of_a_command_win() -> None:
    listed = (
        "global.cert='/a b'\ninstall.cert='/c'\nglobal.index-url='https://i/'\n"
        ":env:.cert='/d'\ndownload.cert='/e'\nglobal.extra-index-url='\\nx\\ny'\nnonsense\n"
    )
    assert pip.parsed(listed) == {
        "cert": "/c",
        "index-url": "https://i/",
        "extra-index-url": "\nx\ny",
    }


def test_a_file_that_sends_packages_elsewhere_is_put_into_variables() -> None:
    environ = {"PIP_INDEX_URL": "mine", "PIP_CONFIG_FILE": "pip.conf"}
    said = {"index-url": "its", "extra-index-url": "\nx\ny"}
    assert network.settled(environ, said) == environ
    settled = network.settled(environ, {**said, "target": "/elsewhere"})
    assert settled["PIP_CONFIG_FILE"] == os.devnull
    assert settled["PIP_INDEX_URL"] == "mine"
    assert settled["PIP_EXTRA_INDEX_URL"] == "\nx\ny"
    assert "PIP_TARGET" not in network.trusting(settled, "roots.pem")


def test_a_file_that_relaxes_verification_is_put_into_variables_without_that() -> None:
    """scripts/spip had set itself up unverified where a file or a variable named the host."""
    said = {"index-url": "its", "trusted-host": "index.corp.example"}
    settled = network.trusting(network.settled({"PIP_CONFIG_FILE": "pip.conf"}, said), "roots.pem")
    assert settled["PIP_CONFIG_FILE"] == os.devnull
    assert settled["PIP_INDEX_URL"] == "its"
    assert "PIP_TRUSTED_HOST" not in settled


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("pip-23.0.1.dist-info", (23, 0, 1)),
        ("pip-25.1b1.dist-info", (25, 1)),
        ("pip_tools-7.dist-info", ()),
    ],
)
def test_the_version_of_the_seeded_pip(tmp_path: Path, name: str, version: tuple[int, ...]) -> None:
    packages = tmp_path / ("Lib" if os.name == "nt" else "lib/python3.10") / "site-packages"
    (packages / name).mkdir(parents=True)
    assert pip.version(os.fspath(tmp_path)) == version


REFUSED = """\
Could not fetch URL https://me:secret@index.corp.example:8443/simple/x/: There was a problem \
confirming the ssl certificate: HTTPSConnectionPool(host='index.corp.example', port=8443): Max \
retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] \
certificate verify failed: unable to get local issuer certificate (_ssl.c:1002)'))) - skipping
ERROR: No matching distribution found for x
"""
SENTENCE = (
    "index.corp.example:8443 was refused, "
    "certificate verify failed: unable to get local issuer certificate"
)


UNFOUND = "No matching distribution found for it"


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("", "it said nothing"),
        ("words\nlast words\n\n", "last words"),
        ("ERROR: one\nERROR: two\nnotice\n", "two"),
        ("      ERROR: inner\nerror: subprocess-exited-with-error\n* note\n", "inner"),
        (REFUSED, SENTENCE),
        (" ERROR: No matching distribution found for it\nERROR: no build\n", UNFOUND),
    ],
)
def test_the_line_that_tells_most(output: str, cause: str) -> None:
    assert words.cause(output) == cause


def test_a_version_managers_shims_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "versions" / "3.12.1").mkdir(parents=True)
    environ = {"PATH": os.pathsep.join(["/home/shims", "/usr/bin"]), "PYENV_ROOT": str(tmp_path)}
    real = os.fspath(tmp_path / "versions" / "3.12.1" / "bin")
    assert python.reach(environ)["PATH"] == os.pathsep.join(["/usr/bin", real])
    assert python.reach({"PATH": "/usr/bin"})["PATH"] == "/usr/bin"


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine.Manager(("get", "it"), ("look",), {"no-such-program": "package"})
    assert machine.missing_packages(found) == ["package"]
    monkeypatch.setattr(machine, "_is_root", lambda: False)
    assert machine.command(found, ["package"]) == "sudo get it package"


def test_the_active_environment_is_acted_on(tmp_path: Path) -> None:
    """`scripts/spip install` with an environment active had installed into the checkout's own."""
    for name in ("python", "python3"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").touch()  # it may link to the same Python as the checkout's own
    active = {"VIRTUAL_ENV": os.fspath(tmp_path), "PATH": os.fspath(tmp_path / "bin")}
    found = desk.target(active)
    assert found.python == os.fspath(tmp_path / "bin" / "python")
    assert desk.acting_on(found, active, ["install", "x"])["SPIP_PYTHON"] == found.python
    for nothing in ({}, {**active, "PATH": "/usr/bin"}):
        assert desk.target(nothing).python is None


def test_it_is_said_where_an_installation_goes(capsys: pytest.CaptureFixture[str]) -> None:
    own = Target(None, "any")
    for typed in (["-q", "install", "x"], ["uninstall", "x"]):
        assert "SPIP_PYTHON" not in desk.acting_on(own, {}, typed)
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert environment.SPIP.folder in said
    for typed in (["list"], ["hook", "install"], []):
        desk.acting_on(own, {}, typed)
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="programs of POSIX")
def test_a_program_starts_at_a_path_that_a_shell_would_misread(tmp_path: Path) -> None:
    folder = tmp_path / """a "b" it's $x `id`"""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    (folder / "bin" / "python").symlink_to(sys.executable)
    program = folder / "bin" / "program"
    python = folder / "bin" / "python"
    lines = ["#!/bin/sh", f"""'''exec' "{python}" "$0" "$@\"""", "' '''", "import sys"]
    program.write_text("\n".join([*lines, "print(sys.argv[1:])", ""]), "utf-8")
    program.chmod(0o755)
    relocate.find_by_place(os.fspath(folder), os.fspath(folder))
    link = tmp_path / "link"
    link.symlink_to(program)
    for each in (program, link):
        done = subprocess.run([each, "a b", "$c"], capture_output=True, text=True, check=False)
        assert done.stdout == "['a b', '$c']\n", done.stderr


def test_a_plain_path_leaves_programs_as_pip_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "program"
    program.write_text("#!/bin/sh\n'''exec' \"/a b/python\" \"$0\" \"$@\"\n' '''\n", "utf-8")
    before = program.read_bytes()
    relocate.find_by_place(os.fspath(tmp_path), "/a b")
    assert program.read_bytes() == before


def test_a_line_break_in_the_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "CHECKOUT", "/a\nb")
    nowhere = environment.Environment("/a\nb/.venv", (), (21, 3))
    with pytest.raises(SpipError, match="line break") as error:
        build.ready(nowhere, {})
    assert len(error.value.message.splitlines()) == 1


FULL = "OSError: [Errno 28] No space left on device: '/there'"


@pytest.mark.parametrize(
    ("printed", "final", "hint"),
    [
        (f"Traceback (most recent call last):\n{FULL}", True, "make room"),
        (REFUSED, True, "SPIP_CA_BUNDLE"),
        ("ERROR: anything else", False, "read "),
    ],
)
def test_a_step_that_failed_is_explained_and_tried_again_where_that_may_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, *, final: bool, hint: str
) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    record = Record(os.fspath(tmp_path / "log"), "it", lock)
    step = "import os, sys; open('tries', 'a').write('x'); sys.exit(os.environ['WORDS'])"
    environ = {**os.environ, "WORDS": printed}
    environ.pop("PIP_RETRIES", None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpipError) as error:
        build._patiently([sys.executable, "-c", step], environ, record)
    os.close(lock)
    assert isinstance(error.value, FinalError) is final
    assert hint in error.value.hint
    assert (tmp_path / "tries").read_text() == ("x" if final else "xx")
