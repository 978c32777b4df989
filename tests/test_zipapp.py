"""spip.pyz: one file that any Python 3.10+ runs, from anywhere, as anyone, beside any pip."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from spip import cli, invocation
from spip.ownership.principals import private_group
from spip.standalone import single_file as single_file_of_spip
from support import single_file
from support.authority import Authority
from support.environments import (
    Environment,
    current_environment,
    distribution,
    environment,
    uv_environment,
    with_spip,
)
from support.index import Index, standard_artifacts
from support.interpreters import distribution_python, interpreter
from support.lacking import lacking
from support.os_store import OsStore
from support.proxy import Proxy
from support.run import Result, clean_environment, end_group, run
from support.servers import Fault, TlsServer

if sys.platform == "win32":
    pytest.skip("owners, links and signals are tested as POSIX has them", allow_module_level=True)

NOBODY = 65534
Way = Callable[[Path, Path], Sequence[str | os.PathLike[str]]]


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The single file."""
    return Path(shutil.copy(single_file.built() / "spip.pyz", tmp_path_factory.mktemp("pyz")))


@pytest.fixture(scope="module")
def current() -> Environment:
    return current_environment()


@pytest.fixture(scope="module")
def bare() -> Environment:
    """An environment without pip."""
    return environment("3.12", None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home that stays for the whole test."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can look into, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def kept(home: Path, part: str) -> Path:
    """The folder that a part was unpacked to."""
    (folder,) = (home / ".cache" / "spip").glob(f"{part}-*")
    return folder


def no_private_folder_is_left(temporary: Path) -> None:
    assert not list(temporary.glob("spip-*"))


# --- where it lies, how it is called


def _plain(pyz: Path, folder: Path) -> list[Path]:
    return [Path(shutil.copy(pyz, folder / "spip.pyz"))]


def _hard_path(pyz: Path, folder: Path) -> list[Path]:
    hard = folder / "it's a \N{SNOWMAN} & größe"
    hard.mkdir()
    return [Path(shutil.copy(pyz, hard / "spip.pyz"))]


def _link(pyz: Path, folder: Path) -> list[Path]:
    link = folder / "my-link"
    link.symlink_to(pyz)
    return [link]


def _renamed(pyz: Path, folder: Path) -> list[Path]:
    return [Path(shutil.copy(pyz, folder / "tool"))]


def _isolated(pyz: Path, _: Path) -> list[str | Path]:
    return ["-I", pyz]


def _utf8(pyz: Path, _: Path) -> list[str | Path]:
    return ["-X", "utf8", "-W", "error", pyz]


@pytest.mark.parametrize("way", [_plain, _hard_path, _link, _renamed, _isolated, _utf8])
def test_it_is_pip_from_anywhere(
    pyz: Path, current: Environment, way: Way, tmp_path: Path, home: Path
) -> None:
    words = way(pyz, tmp_path)
    # The first one unpacks, the second doesn't.
    for command in ("--version", "--version", "list", "inspect", "--help", "config debug"):
        plain = of_pip_alone(command)
        ours = run([current.python, *words, *command.split()], env={"HOME": str(home)}).passed()
        # A long name of the program wraps pip's usage line; nothing else may differ.
        usage = " ".join(plain.stdout.split()).replace(f"{current.python} -m pip", "pip")
        assert " ".join(ours.stdout.split()).replace(str(home), "HOME") == usage
        assert ours.stderr == plain.stderr


@cache
def of_pip_alone(command: str) -> Result:
    with tempfile.TemporaryDirectory() as home:
        words = current_environment().pip(*command.split())
        said = run(words, env={"HOME": home}).passed()
    return replace(said, stdout=said.stdout.replace(home, "HOME"))


def test_it_is_a_program(pyz: Path, current: Environment, tmp_path: Path) -> None:
    program = Path(shutil.copy(pyz, tmp_path / "my spip.pyz"))
    path = f"{current.scripts}:/usr/bin:/bin"
    result = run([program, "--version"], env={"PATH": path}).passed()
    assert str(current.site_packages) in result.stdout
    relative = run(["./my spip.pyz", "--version"], env={"PATH": path}, cwd=tmp_path).passed()
    assert relative.stdout == result.stdout


def test_nothing_is_imported_from_the_current_folder(
    pyz: Path, current: Environment, tmp_path: Path
) -> None:
    for name in ("spip", "pip", "truststore", "json", "certifi", "platformdirs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from here')\n")
    python = [str(current.python), str(pyz)]
    run([*python, "list"], cwd=tmp_path).passed()
    other = {"SPIP_PYTHON": str(environment("3.10", "23.0.1").python)}
    run([*python, "list"], cwd=tmp_path, env=other).passed()


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.8", "3.9"])
def test_an_old_python_says_which_ones_would_do(pyz: Path, python: str) -> None:
    newer = interpreter("3.12").path.with_name("python3.12")
    path = f"{newer.parent}:/usr/bin:/bin"
    result = run([interpreter(python).path, pyz, "list"], env={"PATH": path})
    assert result.code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"spip: spip needs Python 3.10 or newer, and this is {'P'}")
    assert str(newer) in result.stderr
    assert result.stderr.count("\n") == 1


# --- spip's own words, and how they spell a command


def _inside(pyz: Path, code: str) -> str:
    """Code to run as if it stood in the single file."""
    start = (
        f"import sys; sys.path.insert(0, {str(pyz)!r}); from spip.standalone import single_file; "
    )
    return f"{start}single_file.start({str(pyz)!r}); from spip.standalone import expose; {code}"


def test_every_word_of_spips_answers(pyz: Path, current: Environment) -> None:
    for word in cli.WORDS:
        assert word in run([current.python, pyz, "help", word]).passed().stdout


def test_the_words_have_all_that_they_import(pyz: Path, bare: Environment, home: Path) -> None:
    names = "rich, rich.table, markdown_it, pygments, pyasn1, pyasn1_modules.rfc5280"
    names += ", platformdirs, shellingham"
    code = f"expose.expose_all(); import certifi, truststore, {names}; print(certifi.where())"
    result = run([bare.python, "-c", _inside(pyz, code)], env={"HOME": str(home)}).passed()
    assert Path(result.stdout.strip()) == kept(home, "spip") / "certifi" / "cacert.pem"


def test_the_words_alone_unpack_nothing_that_they_do_not_import(
    pyz: Path, current: Environment, home: Path
) -> None:
    code = "expose.expose_all(); import certifi, json, tomli"
    run([current.python, "-c", _inside(pyz, code)], env={"HOME": str(home)}).passed()
    assert not list((home / ".cache" / "spip").glob("words-*"))


def test_beside_pip_nothing_else_is_in_reach(pyz: Path, home: Path) -> None:
    python = environment("3.10", None).python
    code = (
        "expose.expose_beside_pip(); import pip, truststore\n"
        "assert expose.import_bundled('tomli').loads('a = 1') == {'a': 1}\n"
        "for name in ('rich', 'certifi', 'platformdirs', 'tomli', 'pyasn1'):\n"
        "    try: __import__(name)\n"
        "    except ImportError: continue\n"
        "    raise SystemExit(name)\n"
    )
    run([python, "-c", _inside(pyz, code)], env={"HOME": str(home)}).passed()


@pytest.mark.parametrize("way", [_plain, _hard_path, _isolated])
def test_a_command_that_it_prints_works_when_pasted(
    pyz: Path, current: Environment, way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [str(current.python), *map(str, way(pyz, tmp_path))]
    monkeypatch.setattr(sys, "orig_argv", [*words, "install", "demo"])
    monkeypatch.setattr(single_file_of_spip, "running", object())
    line = invocation.command_line("--version")
    assert line.endswith("--version")
    assert run(["/bin/sh", "-c", line]).passed().stdout.startswith("pip 26.3")


@pytest.mark.parametrize("where", ["here", "handed over", "homeless"])
def test_the_finding_after_a_failure_names_a_command_that_works(
    pyz: Path, current: Environment, strange_index: TlsServer, tmp_path: Path, where: str
) -> None:
    hard = _hard_path(pyz, tmp_path)
    env = {"HOME": "/proc/nowhere"} if where == "homeless" else {}
    if where == "handed over":
        env["SPIP_PYTHON"] = str(environment("3.10", "23.0.1").python)
    words = ["download", "--index-url", strange_index.url("/simple/"), "--retries=0", "demo"]
    result = run([current.python, *hard, *words], env=env)
    assert result.code == 1
    line = result.stderr.splitlines()[-1].partition("more: ")[2]
    assert line, str(result)
    assert line.endswith(" explain unknown-authority")
    assert "What to do" in run(["/bin/sh", "-c", line], env=env).passed().stdout


# --- speed


@pytest.mark.parametrize("compiled", [{}, {"PYTHONDONTWRITEBYTECODE": "1"}], ids=["", "not-kept"])
@pytest.mark.parametrize("target", ["here", "without pip"])
def test_its_start_is_at_most_half_as_much_again(
    pyz: Path, home: Path, target: str, compiled: dict[str, str]
) -> None:
    installed = with_spip(current_environment())
    ours = [str(installed.python), str(pyz), "--version"]
    env = {"HOME": str(home), **compiled}
    if target == "without pip":
        env["SPIP_PYTHON"] = str(environment("3.12", None).python)
    run(ours, env=env).passed()
    pairs = [(run(ours, env=env), run(installed.spip("--version"), env=env)) for _ in range(7)]
    single, command = (min(each.cpu for each in side) for side in zip(*pairs, strict=True))
    assert single / command <= 1.5


def test_only_its_own_pip_is_compiled_where_python_is_to_write_nothing(
    pyz: Path, home: Path, tmp_path: Path
) -> None:
    target = environment("3.12", None).copy(tmp_path / "target")
    before = {*target.folder.rglob("*")}
    env = {"HOME": str(home), "SPIP_PYTHON": str(target.python), "PYTHONDONTWRITEBYTECODE": "1"}
    run([current_environment().python, pyz, "list"], env=env).passed()
    assert {*target.folder.rglob("*")} == before
    assert [*home.rglob("pip/__pycache__/*.cpython-312.pyc")]


# --- whose pip


def test_the_targets_own_pip_wins(pyz: Path, tmp_path: Path, home: Path) -> None:
    newer = current_environment().copy(tmp_path / "newer")
    init = newer.site_packages / "pip" / "__init__.py"
    init.write_text(init.read_text("utf-8").replace('"26.3"', '"99.0"'), "utf-8")
    for target, version in ((newer, "99.0"), (environment("3.10", "23.0.1"), "23.0.1")):
        ours = run([target.python, pyz, "--version"], env={"HOME": str(home)}).passed()
        assert ours.stdout.startswith(f"pip {version} from {target.site_packages}")
    assert not list((home / ".cache" / "spip").glob("pip-*"))


@pytest.mark.parametrize("where", ["here", "handed over"])
def test_without_a_pip_the_carried_one_runs(
    pyz: Path, current: Environment, bare: Environment, home: Path, where: str
) -> None:
    env = {"HOME": str(home)}
    if where == "handed over":
        env["SPIP_PYTHON"] = str(bare.python)
    runner = current if where == "handed over" else bare
    result = run([runner.python, pyz, "--version"], env=env).passed()
    assert result.stdout == f"pip 26.3 from {kept(home, 'pip') / 'pip'} (python 3.12)\n"
    assert run([runner.python, pyz, "list"], env=env).passed().output == ""


@pytest.mark.parametrize(
    ("python", "pip"),
    [("3.6", "21.3.1"), ("3.8", "23.0.1"), ("3.9", "25.3"), ("3.10", "20.3.4"), ("3.12", "24.2")],
)
def test_another_target_by_variable(
    pyz: Path, current: Environment, home: Path, python: str, pip: str
) -> None:
    target = environment(python, pip)
    for command in (["--version"], ["list", "--format=json"], ["freeze", "--all"]):
        plain = run(target.pip(*command), env={"HOME": str(home)}).passed()
        env = {"HOME": str(home), "SPIP_PYTHON": str(target.python)}
        ours = run([current.python, pyz, *command], env=env).passed()
        assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)


def test_a_uv_environment_has_no_pip_and_works(pyz: Path, home: Path) -> None:
    target = uv_environment("3.13")
    result = run([target.python, pyz, "list"], env={"HOME": str(home)}).passed()
    assert result.output == ""


def test_an_old_target_without_pip_is_told_how_to_get_one(pyz: Path, current: Environment) -> None:
    target = environment("3.8", None)
    result = run([current.python, pyz, "list"], env={"SPIP_PYTHON": str(target.python)}).failed()
    assert "has no pip, and spip's own needs Python 3.10 or newer" in result.stderr
    assert "-m ensurepip" in result.stderr


def test_what_it_carries_is_no_distribution_and_satisfies_nothing(
    pyz: Path, tmp_path: Path, index: TlsServer, company_store: OsStore
) -> None:
    target = current_environment().copy(tmp_path / "target")
    spip = [str(target.python), str(pyz)]
    assert run([*spip, "show", "certifi", "rich", "truststore"]).code == 1
    assert "spip" not in run([*spip, "list"]).passed().stdout
    words = ["install", "--index-url", index.url("/simple/"), "--retries=0", "certifi"]
    assert run(company_store.wrap([*spip, *words])).code == 1  # that index has none
    script = "import pip._internal.cli.main as m, sys; m.certifi = 1; import certifi"
    assert run([target.python, "-c", script]).code == 1


# --- through the company's proxy, with the root in nothing but the operating system's store


@pytest.fixture
def outer_index(stranger: Authority) -> Iterator[TlsServer]:
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as server:
        yield server


@pytest.mark.os_store
@pytest.mark.parametrize(
    ("python", "pip"), [("3.13", "26.3"), ("3.10", "23.0.1"), ("3.12", None), ("3.8", "23.0.1")]
)
def test_it_installs_through_the_proxy(
    pyz: Path,
    company_store: OsStore,
    authority: Authority,
    outer_index: TlsServer,
    tmp_path: Path,
    home: Path,
    python: str,
    pip: str | None,
) -> None:
    target = environment(python, pip).copy(tmp_path / "target")
    env = {"HOME": str(home)}
    runner = target
    if python == "3.8":
        runner = current_environment()
        env["SPIP_PYTHON"] = str(target.python)
    with Proxy(authority) as proxy:
        where = ["--index-url", outer_index.url("/simple/"), "--retries=0"]
        env["HTTPS_PROXY"] = proxy.url  # before 25.0, --proxy didn't reach the isolated build's pip
        for what in ("demo", "needsbuild"):  # a wheel; an sdist that is built in isolation
            argv = [runner.python, pyz, "install", *where, "--no-cache-dir", what]
            run(company_store.wrap(argv), env=env).passed()
            run([target.python, "-c", f"import {what}"]).passed()
        assert proxy.connects
    plain = run([target.python, "-c", "import spip"])
    assert "No module named 'spip'" in plain.stderr


@pytest.mark.os_store
def test_pips_own_python_option_reaches_an_old_target(
    pyz: Path, company_store: OsStore, index: TlsServer, tmp_path: Path
) -> None:
    target = environment("3.9", "25.3").copy(tmp_path / "target")
    runner = environment("3.10", "23.0.1")
    option = ["--python", str(target.python)]
    where = ["--index-url", index.url("/simple/"), "--retries=0", "--no-cache-dir"]
    argv = [*map(str, (runner.python, pyz)), *option, "install", *where, "demo"]
    run(company_store.wrap(argv)).passed()
    run([target.python, "-c", "import demo"]).passed()


# --- homes and other users


@pytest.mark.parametrize("where", ["here", "handed over"])
@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_without_a_usable_cache_a_private_folder_is_used_and_removed(
    pyz: Path,
    current: Environment,
    bare: Environment,
    tmp_path: Path,
    variable: str,
    where: str,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {variable: "/proc/nowhere", "TMPDIR": str(temporary)}
    if where == "handed over":
        env["SPIP_PYTHON"] = str(bare.python)
    runner = current if where == "handed over" else bare
    result = run([runner.python, pyz, "--version"], env=env).passed()
    assert result.stdout.startswith(f"pip 26.3 from {temporary}/spip-")
    no_private_folder_is_left(temporary)


def _as_nobody(argv: Sequence[str | os.PathLike[str]]) -> list[str]:
    if os.geteuid() != 0:
        lacking("only root can become another user", installable=False)
    ids = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    return ["setpriv", *ids, *(os.fspath(word) for word in argv)]


def _distribution() -> Environment:
    """The only Python that another user can be sure to reach."""
    base = distribution_python()
    if base is None or base.version < "3.1":
        lacking("no distribution's Python", installable=False)
    return distribution()


def test_another_user_runs_it_from_a_folder_that_is_not_theirs(
    pyz: Path, open_folder: Path
) -> None:
    shutil.copy(pyz, open_folder)
    (open_folder / "spip.pyz").chmod(0o444)
    open_folder.chmod(0o555)
    argv = _as_nobody([_distribution().python, "spip.pyz", "--version"])
    for homeless in ({"HOME": "/nonexistent"}, {"HOME": None}, {"HOME": ""}):
        result = run(argv, env=homeless, cwd=open_folder).passed()
        assert result.stdout.startswith("pip ")
    assert os.listdir(open_folder) == ["spip.pyz"]


def _planted(cache: Path, home: Path) -> Path:
    """A cache that somebody else made, with all of spip in it and one file changed."""
    shutil.copytree(home / ".cache" / "spip", cache / "spip")
    (cli,) = cache.glob("spip/spip-*/spip/cli.py")
    cli.write_bytes(b"raise SystemExit('planted')\n".ljust(cli.stat().st_size))
    for file in cache.glob("spip/spip-*/**/*.pyc"):
        file.unlink()
    return cli


@pytest.mark.parametrize("how", ["owned by another", "writable by all", "a link to another's"])
def test_a_cache_that_somebody_else_made_is_refused(
    pyz: Path, current: Environment, open_folder: Path, home: Path, how: str
) -> None:
    run([current.python, pyz, "list"], env={"HOME": str(home)}).passed()
    cache = open_folder / "cache"
    open_folder.chmod(0o1777)
    cli = _planted(cache, home)
    if how == "writable by all":
        (cache / "spip").chmod(0o777)
    else:
        if os.geteuid() != 0:
            lacking("only root can give files away", installable=False)
        for at, folders, files in os.walk(cache):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(at, name), NOBODY, NOBODY)
    if how == "a link to another's":
        (open_folder / "mine").mkdir(mode=0o700)
        (open_folder / "mine" / "spip").symlink_to(cache / "spip")
        cache = open_folder / "mine"
    before = cli.read_bytes()
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(cache)}
    assert run([current.python, pyz, "--version"], env=env).passed().stdout.startswith("pip 26.3")
    assert cli.read_bytes() == before


def test_what_it_unpacks_is_its_owners_alone(pyz: Path, bare: Environment, home: Path) -> None:
    """Also in a home that the user's own group may write to, as distributions make them."""
    if os.getgid() in (0, private_group(os.getuid())):
        os.chown(home, -1, os.getgid())
        home.chmod(0o770)
    previous = os.umask(0)
    try:
        run([bare.python, pyz, "list"], env={"HOME": str(home)}).passed()
    finally:
        os.umask(previous)
    for folder in (home / ".cache" / "spip", kept(home, "spip"), kept(home, "pip")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# --- many at once, kills, damage


def _started(pyz: Path, env: Environment, home: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [env.python, pyz, *words],
        env=clean_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def test_fifty_at_once(pyz: Path, bare: Environment, home: Path) -> None:
    many = [_started(pyz, bare, home, "--version") for _ in range(50)]
    said = set()
    for process in many:
        try:
            said.add(process.communicate(timeout=300)[0].decode())
        finally:
            end_group(process)
        assert process.returncode == 0, said
    assert said == {f"pip 26.3 from {kept(home, 'pip') / 'pip'} (python 3.12)\n"}
    assert not list(home.rglob(".new-*"))


@pytest.mark.parametrize("files", [1, 30, 150, 400])
def test_a_kill_in_the_middle_is_made_good(
    pyz: Path, bare: Environment, home: Path, files: int
) -> None:
    process = _started(pyz, bare, home, "--version")
    end = time.monotonic() + 60
    while sum(1 for _ in home.rglob("*.py")) < files and process.poll() is None:
        assert time.monotonic() < end
    end_group(process)
    process.communicate()
    run([bare.python, pyz, "list"], env={"HOME": str(home)}).passed()
    again = run([bare.python, pyz, "list"], env={"HOME": str(home)}).passed()
    assert again.output == ""


def test_what_a_cleaner_took_away_comes_back(pyz: Path, bare: Environment, home: Path) -> None:
    env = {"HOME": str(home)}
    run([bare.python, pyz, "list"], env=env).passed()
    shutil.rmtree(kept(home, "spip") / "spip" / "bridge")
    (kept(home, "spip") / "spip" / "cli.py").write_bytes(b"")
    shutil.rmtree(kept(home, "pip") / "pip" / "_vendor")
    run([bare.python, pyz, "list"], env=env).passed()
    assert (kept(home, "pip") / "pip" / "_vendor").is_dir()


@pytest.mark.parametrize("where", ["here", "handed over"])
def test_on_a_full_disk_pip_still_runs(
    pyz: Path, current: Environment, tmp_path: Path, company_store: OsStore, where: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    at = shlex.quote(str(disk))
    words = [os.fspath(word) for word in (current.python, pyz, "list")]
    # Each place for temporary files can't be written; `company_store` brings the private mounts.
    script = (
        "for at in /tmp /var/tmp /usr/tmp; do "
        "test -d $at && mount --bind $at $at && mount -o remount,ro,bind $at; done; "
        f"mount -t tmpfs -o size=64k none {at} && cd {at} && "
        f"{{ head -c 1m /dev/zero > fill 2> /dev/null; exec {shlex.join(words)}; }}"
    )
    env = {"HOME": str(disk), "TMPDIR": str(disk), "SPIP_DEBUG": "1"}
    if where == "handed over":
        env["SPIP_PYTHON"] = str(environment("3.10", "23.0.1").python)
    result = run(company_store.wrap(["/bin/sh", "-c", script]), env=env).passed()
    assert f"spip: runs from {pyz}\n" in result.stderr
    assert "pip" in result.stdout


def test_a_damaged_file_says_so(pyz: Path, bare: Environment, tmp_path: Path, home: Path) -> None:
    data = bytearray(pyz.read_bytes())
    middle = len(data) // 2  # in the carried pip
    data[middle : middle + 4096] = bytes(4096)
    damaged = tmp_path / "spip.pyz"
    damaged.write_bytes(data)
    result = run([bare.python, damaged, "list"], env={"HOME": str(home)})
    assert isinstance(result, Result)
    assert result.code == 1, str(result)
    assert "is damaged, or was replaced while it ran" in result.stderr
    assert "Traceback" not in result.stderr


def test_ctrl_c_ends_it_and_leaves_no_private_folder(
    pyz: Path, current: Environment, authority: Authority, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with TlsServer(authority.issue(), fault=Fault.SILENCE) as silent:
        where = ["--index-url", silent.url("/simple/"), "--retries=0"]
        process = subprocess.Popen(
            [current.python, pyz, "download", *where, "-d", tmp_path, "demo"],
            env={**clean_environment("/proc/nowhere"), "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            end = time.monotonic() + 60
            while not silent.record.connections:
                assert time.monotonic() < end
                time.sleep(0.01)
            assert list(temporary.glob("spip-*/spip-*/spip/cli.py"))
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert b"Operation cancelled by user" in said
    no_private_folder_is_left(temporary)
