"""What another interpreter sees when spip hands over to it, and when pip itself does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.interpreters import interpreter
from support.os_store import OsStore
from support.proxy import Proxy
from support.run import Result, run
from support.servers import TlsServer


@pytest.fixture(scope="module")
def spip() -> Environment:
    """Where spip is installed."""
    return with_spip(current_environment())


TARGETS = [("3.6", "21.3.1"), ("3.9", "25.3"), ("3.10", "23.0.1"), ("3.13", "26.3")]


@pytest.fixture(params=TARGETS, ids=["-pip-".join(pair) for pair in TARGETS])
def target(request: pytest.FixtureRequest) -> Environment:
    return environment(*request.param)


def fetch(index: TlsServer, folder: Path) -> list[str]:
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    return ["download", *where, "--no-deps", "-d", str(folder), "demo"]


LOOK = """
import json, sys
from pip._internal.cli import base_command
def look(self, args):
    seen = {}
    for name in ('spip', 'truststore', 'rich', 'certifi', 'platformdirs', 'pyasn1', 'flit_core'):
        try:
            __import__(name)
            seen[name] = True
        except ImportError:
            seen[name] = False
    found = {'path': sys.path, 'names': seen, 'flags': tuple(sys.flags), 'argv': sys.argv}
    print(json.dumps(found))
    return 0
base_command.Command.main = look
"""


@pytest.fixture
def looking(target: Environment, tmp_path: Path) -> Environment:
    """The target, with a pip that prints what it can see instead of doing anything."""
    copy = target.copy(tmp_path / "target")
    hook = copy.site_packages / "pip" / "_internal" / "commands" / "__init__.py"
    hook.write_text(hook.read_text("utf-8") + LOOK, "utf-8")
    return copy


def seen(spip: Environment, looking: Environment, **env: str) -> dict[str, object]:
    result = run(spip.spip("list", "--a b", "c"), env={"SPIP_PYTHON": str(looking.python), **env})
    answer = json.loads(result.passed().stdout)
    assert isinstance(answer, dict)
    return answer


def test_only_the_names_that_are_needed_are_in_reach(
    spip: Environment, looking: Environment
) -> None:
    names = seen(spip, looking)["names"]
    assert isinstance(names, dict)
    modern = tuple(map(int, looking.version.split(".")[:2])) >= (3, 10)
    expected = {"spip", "truststore"} if modern else {"spip"}
    assert {name for name, there in names.items() if there} == expected


@pytest.mark.parametrize("extra", [{}, {"PYTHONSAFEPATH": "1"}, {"PYTHONPATH": "/some/where"}])
def test_the_search_path_is_the_interpreters_own(
    spip: Environment, looking: Environment, extra: dict[str, str]
) -> None:
    code = "import json, sys; print(json.dumps(sys.path))"
    alone = json.loads(run([looking.python, "-c", code], env=extra).passed().stdout)
    assert seen(spip, looking, **extra)["path"] == [entry for entry in alone if entry]


def test_arguments_and_flags_arrive_as_they_are(spip: Environment, looking: Environment) -> None:
    answer = seen(spip, looking)
    argv, flags = answer["argv"], answer["flags"]
    assert isinstance(argv, list)
    assert argv[1:] == ["list", "--a b", "c"]
    code = "import json, sys; print(json.dumps(tuple(sys.flags)))"
    assert flags == json.loads(run([looking.python, "-c", code]).passed().stdout)


# --- pip's own --python and PIP_PYTHON


@pytest.fixture(scope="module")
def middle() -> Environment:
    """spip beside a pip that knows --python and still runs on Python 3.8."""
    return with_spip(environment("3.12", "24.1.2"))


def by_option(spip: Environment, old: Environment, *words: str) -> list[str]:
    return spip.spip("--python", str(old.python), *words)


def test_the_interpreter_named_by_option_trusts_the_store_too(
    middle: Environment, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    old = environment("3.8", "23.0.1")
    words = fetch(index, tmp_path)
    plain = run(company_store.wrap(middle.pip("--python", str(old.python), *words)))
    assert "certificate verify failed" in plain.failed().output
    run(company_store.wrap(by_option(middle, old, *words))).passed()
    assert list(tmp_path.glob("demo-1.0*"))


def test_the_interpreter_named_by_variable_trusts_the_store_too(
    middle: Environment, index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    environ = {"PIP_PYTHON": str(environment("3.8", "23.0.1").python)}
    run(company_store.wrap(middle.spip(*fetch(index, tmp_path))), env=environ).passed()
    assert list(tmp_path.glob("demo-1.0*"))


@pytest.mark.parametrize("how", ["option", "variable", "config file"])
def test_a_proxy_of_pips_own_is_no_obstacle(
    middle: Environment,
    index: TlsServer,
    company_store: OsStore,
    proxy: Proxy,
    tmp_path: Path,
    how: str,
) -> None:
    old = environment("3.8", "23.0.1")
    words, environ = fetch(index, tmp_path), {}
    if how == "option":
        words += ["--proxy", proxy.url]
    elif how == "variable":
        environ["PIP_PROXY"] = proxy.url
    else:
        (tmp_path / "pip.conf").write_text(f"[global]\nproxy = {proxy.url}\n")
        environ["PIP_CONFIG_FILE"] = str(tmp_path / "pip.conf")
    run(company_store.wrap(by_option(middle, old, *words)), env=environ).passed()
    assert proxy.connects


def test_an_unknown_ca_is_refused_to_the_interpreter_named_by_option(
    middle: Environment, strange_index: TlsServer, company_store: OsStore, tmp_path: Path
) -> None:
    words = by_option(middle, environment("3.8", "23.0.1"), *fetch(strange_index, tmp_path))
    refused = run(company_store.wrap(words)).refused("was refused: its certificate comes from")
    assert "certificate verify failed" in refused.output
    assert strange_index.record.handed_over == 0


def test_cert_restricts_the_interpreter_named_by_option(
    middle: Environment,
    index: TlsServer,
    stranger: Authority,
    company_store: OsStore,
    tmp_path: Path,
) -> None:
    words = [*fetch(index, tmp_path), "--cert", str(stranger.write(tmp_path))]
    asked = by_option(middle, environment("3.8", "23.0.1"), *words)
    run(company_store.wrap(asked)).refused(
        f"which lacks the root that localhost:{index.port} needs"
    )
    assert all(request.user_agent == "spip-doctor" for request in index.record.requests)


@pytest.mark.parametrize("words", [["config", "list"], ["config", "debug"], ["debug"]])
def test_what_spip_sets_never_shows(middle: Environment, words: list[str], tmp_path: Path) -> None:
    old = environment("3.8", "23.0.1")

    def shown(command: list[str]) -> Result:
        return run(command, env={"HOME": str(tmp_path)})

    plain = shown(middle.pip("--python", str(old.python), *words))
    assert shown(by_option(middle, old, *words)).stdout == plain.stdout


# --- interpreters that can't be handed over to


def test_what_cannot_be_started_ends_in_a_sentence(spip: Environment, tmp_path: Path) -> None:
    (tmp_path / "python3").write_bytes(b"\x7fELF no such machine")
    (tmp_path / "python3").chmod(0o755)
    result = run(spip.spip("list"), env={"SPIP_PYTHON": str(tmp_path / "python3")})
    assert result.code == 1
    assert f"spip: {tmp_path}/python3 can't be started: " in result.stderr
    assert "Traceback" not in result.stderr


def test_python_2_ends_in_a_sentence(spip: Environment) -> None:
    result = run(spip.spip("list"), env={"SPIP_PYTHON": str(interpreter("2.7").path)})
    assert result.code == 1
    assert "is Python 2.7; spip works for Python 3.6 and newer" in result.stderr
