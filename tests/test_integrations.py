"""The pages about other tools: their commands fail alone and work with spip.

What can't be run here (editors, hosted CI) is validated; its pages say so. Tools that the tests'
environment hasn't (hatch, pdm, pre-commit, Jupyter) are taken from PATH or SPIP_TEST_TOOLS.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from docs_guides import steps, sums, tried
from support import single_file
from support.artifacts import wheel
from support.authority import Authority
from support.checkout import Checkout, copied
from support.environments import current_environment, with_spip
from support.index import Index, standard_artifacts
from support.lacking import is_guides_job, lacking
from support.run import Result, run
from support.servers import TlsServer
from support.wheelhouse import CHECKOUT
from trust_tools import program

PAGES = CHECKOUT / "docs" / "integrations"
_PROJECT = (
    '[project]\nname = "ours"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["demo"]\n'
)
Files = Callable[[str], dict[str, str]]  # of the index's address

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages' commands for a POSIX shell")


@dataclass(frozen=True)
class Tool:
    """A tool with its project. `ours`: it comes with the tests' environment."""

    name: str
    files: Files
    ours: bool = True

    def __str__(self) -> str:
        return self.name


def _tox(_: str) -> dict[str, str]:
    lines = "[testenv]\nskip_install = true\ndeps = demo\ncommands = python -c 'import demo'\n"
    return {"tox.ini": lines}


def _nox(_: str) -> dict[str, str]:
    session = 'def tests(session):\n    session.install("demo")\n    session.run("python", "-c", '
    return {"noxfile.py": f'import nox\n@nox.session\n{session}"import demo")\n'}


def _poetry(index: str) -> dict[str, str]:
    source = f'[[tool.poetry.source]]\nname = "corp"\nurl = "{index}"\n'
    return {"pyproject.toml": f"{_PROJECT}[tool.poetry]\npackage-mode = false\n{source}"}


def _hatch(_: str) -> dict[str, str]:
    return {
        "pyproject.toml": f"{_PROJECT}[tool.hatch.envs.default]\nskip-install = true\n"
        'dependencies = ["demo"]\n'
    }


def _pdm(index: str) -> dict[str, str]:
    source = f'[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\n'
    return {"pyproject.toml": f"{_PROJECT}[tool.pdm]\ndistribution = false\n{source}"}


def _nothing(_: str) -> dict[str, str]:
    return {}


TOOLS = (
    Tool("tox", _tox),
    Tool("nox", _nox),
    Tool("poetry", _poetry),
    Tool("pipx", _nothing),
    Tool("uv", _nothing),
    Tool("hatch", _hatch, ours=False),
    Tool("pdm", _pdm, ours=False),
)


@pytest.fixture
def company(authority: Authority) -> Iterator[TlsServer]:
    """The company's index; what the tools install is `demo`, with a program of that name."""
    demo = wheel(
        "demo", modules={"demo.py": "def main():\n    pass\n"}, scripts={"demo": "demo:main"}
    )
    others = [each for each in standard_artifacts() if each.project != "demo"]
    with TlsServer(authority.issue(), Index([demo, *others])) as server:
        yield server


@dataclass(frozen=True)
class World:
    """A project, and a shell in which `spip` and the tool are on PATH."""

    folder: Path
    env: dict[str, str]

    def types(self, block: str, **env: str) -> Result:
        """Type a block; it stops at the first command that fails."""
        argv = ["/bin/bash", "-c", f"set -euo pipefail\n{block}"]
        return run(argv, env={**self.env, **env}, cwd=self.folder, timeout=300)


@pytest.fixture
def world(tmp_path: Path, authority: Authority, company: TlsServer) -> World:
    home, folder = tmp_path / "home", tmp_path / "project"
    for each in (home, folder):
        each.mkdir()
    spip = with_spip(current_environment())
    root = authority.write(tmp_path)
    run(spip.spip("trust", "add", "--yes", str(root)), env={"HOME": str(home)}).passed()
    index = company.url("/simple/")
    return World(
        folder,
        {
            "HOME": str(home),
            "PATH": f"{spip.scripts}:/usr/local/bin:/usr/bin:/bin",
            "PIP_INDEX_URL": index,
            "UV_DEFAULT_INDEX": index,
            "PIP_RETRIES": "0",
            "UV_HTTP_RETRIES": "0",
            "POETRY_REQUESTS_MAX_RETRIES": "0",
            "POETRY_VIRTUALENVS_IN_PROJECT": "true",
            "POETRY_VIRTUALENVS_OPTIONS_NO_PIP": "true",
            "PIPX_DEFAULT_PYTHON": str(current_environment().python),
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
            "XDG_RUNTIME_DIR": str(home),
        },
    )


def _with_tool(world: World, name: str, *, ours: bool) -> World:
    path = program(name)
    if not os.path.isabs(path):
        lacking(f"no {name} on PATH or in SPIP_TEST_TOOLS", installable=ours or is_guides_job())
    tools = world.folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    (tools / name).symlink_to(path)
    return World(world.folder, {**world.env, "PATH": f"{world.env['PATH']}:{tools}"})


@pytest.mark.parametrize("tool", TOOLS, ids=str)
def test_a_tool_fails_alone_and_works_as_its_page_says(
    tool: Tool, world: World, company: TlsServer
) -> None:
    there = _with_tool(world, tool.name, ours=tool.ours)
    for name, text in tool.files(company.url("/simple/")).items():
        (world.folder / name).write_text(text, "utf-8")
    block = "".join(tried(tool.name, folder=PAGES))
    assert block.count("spip env -- ") >= 1
    alone = there.types(block.replace("spip env -- ", "")).failed()
    assert company.record.connections > 0, str(alone)  # it was refused, not missing
    shutil.rmtree(world.folder / ".venv", ignore_errors=True)
    assert company.record.handed_over == 0
    there.types(block).passed()
    assert company.record.handed_over > 0


def test_pre_commit_finds_verification_that_is_switched_off(world: World) -> None:
    there = _with_tool(world, "pre-commit", ours=False)
    (block,) = tried("pre-commit", "yaml", folder=PAGES)
    (world.folder / ".pre-commit-config.yaml").write_text(block)
    (world.folder / "client.py").write_text("requests.get(url, verify=True)\n")
    there.types("git init -q . && git add . && pre-commit run --all-files").passed()
    (world.folder / "client.py").write_text("requests.get(url, verify=False)\n")
    said = there.types("pre-commit run --all-files").failed()
    assert "client.py:1: Python: verify=False" in said.stdout


def test_the_hook_that_pre_commit_reads_is_the_pages() -> None:
    """pre-commit's own check needs pre-commit; these are the keys that it asks for."""
    offered = (CHECKOUT / ".pre-commit-hooks.yaml").read_text("utf-8")
    (block,) = tried("pre-commit", "yaml", folder=PAGES)
    for line in ("id: spip-scan", "entry: spip doctor --scan .", "pass_filenames: false"):
        assert line in offered
        assert line in block
    assert re.search(r"^  language: python$", offered, re.MULTILINE)


def test_in_a_notebook_both_ways_to_pip_work(world: World, company: TlsServer) -> None:
    there = _with_tool(world, "jupyter", ours=False)
    cells = [*tried("jupyter", "cell", folder=PAGES), *tried("jupyter", "shell", folder=PAGES)]
    there.types('test "$(jupyter --version | grep -c ipykernel)" = 1').passed()
    blank: dict[str, object] = {"metadata": {}, "outputs": [], "execution_count": None}
    code = [
        {
            "cell_type": "code",
            "id": str(n),
            "source": text.replace("install", "install -t ."),
            **blank,
        }
        for n, text in enumerate(cells)
    ]
    book = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (world.folder / "book.ipynb").write_text(json.dumps(book))
    there.types("spip env -- jupyter execute book.ipynb").passed()
    assert company.record.handed_over > 0
    assert (world.folder / "demo.py").exists()
    assert list(world.folder.glob("demo-*.whl"))


def test_the_settings_of_editors_are_valid() -> None:
    blocks = tried("editors", "json", folder=PAGES, as_is="validated")
    assert len(blocks) == 2
    for block in blocks:
        assert json.loads(block)
    page = (PAGES / "editors.md").read_text("utf-8")
    assert "Not tried" in page
    assert "Not tried" in (PAGES / "ci.md").read_text("utf-8")


def test_the_file_of_variables_for_an_editor_has_only_variables(world: World) -> None:
    page = (PAGES / "editors.md").read_text("utf-8")
    (command,) = re.findall(r"^spip env --shell sh \|.*$", page, re.MULTILINE)
    world.types(command).passed()
    lines = (world.folder / ".env").read_text("utf-8").splitlines()
    names = {re.fullmatch(r"([A-Za-z0-9_]+)=\S.*", line)[1] for line in lines}  # type: ignore[index]
    assert names >= {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}


def test_the_gitlab_template_is_followed(world: World, authority: Authority) -> None:
    shutil.rmtree(Path(world.env["HOME"]) / ".config")  # it has to add the root by itself
    tools = world.folder / "tools"
    tools.mkdir()
    shutil.copy(single_file.built() / "spip.pyz", tools)
    sums(tools, "spip.pyz")
    (world.folder / "requirements.txt").write_text("demo\n")
    root = world.folder / "company-root.pem"
    root.write_bytes(authority.pem)
    root.chmod(0o666)
    template = (CHECKOUT / "templates" / "spip.gitlab-ci.yml").read_text("utf-8")
    (block,) = tried("ci", "gitlab", folder=PAGES, as_is="validated")
    assert "extends: .spip" in block
    assert re.search(r"^\.spip:$", template, re.MULTILINE)
    lines = "\n".join([*steps(template), *steps(block)])
    python = current_environment().copy(world.folder.parent / "job")
    env = {"COMPANY_ROOT": str(root), "SPIP": "tools/spip.pyz", "CI": "true"}
    env["PATH"] = f"{python.scripts}:/usr/bin:/bin"
    done = world.types(f'umask 0000\n{lines}\ntest -f "$GIT_SSL_CAINFO"', **env).passed()
    assert "Successfully installed demo" in done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the checkout: what `uses:` brings."""
    return copied(tmp_path_factory.mktemp("action") / "spip")


def test_the_action_is_followed(
    world: World, checkout: Checkout, authority: Authority, company: TlsServer
) -> None:
    """Its steps, as the runner starts them: what they leave in its two files is taken over."""
    shutil.rmtree(Path(world.env["HOME"]) / ".config")
    action = (CHECKOUT / "action.yml").read_text("utf-8")
    python = current_environment().copy(world.folder.parent / "job")
    (world.folder / "requirements.txt").write_text("demo\n")
    given, paths = world.folder / "env", world.folder / "path"
    for each in (given, paths):
        each.touch()
    env = {
        **world.env,
        **checkout.environ,
        "PATH": f"{python.scripts}:/usr/bin:/bin",
        "GITHUB_ENV": str(given),
        "GITHUB_PATH": str(paths),
        "GITHUB_ACTION_PATH": str(checkout.folder),
        "RUNNER_TEMP": str(world.folder),
        "CA_CERTIFICATE": authority.pem.decode(),
        "CI": "true",
    }
    offline = set(checkout.environ)  # only the set-up is to find nothing but wheels of this machine
    (block,) = tried("ci", "action", folder=PAGES, as_is="validated")
    for number, step in enumerate([*steps(action), *steps(block)]):
        argv = ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step]
        done = run(argv, env=env, cwd=world.folder, timeout=300).passed()
        if number == 0:
            env = {k: v for k, v in env.items() if k not in offline} | {
                "PIP_INDEX_URL": company.url("/simple/")
            }
        for line in given.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            env[name] = value
        env["PATH"] = ":".join([*paths.read_text().split(), env["PATH"]])
    assert "Successfully installed demo" in done.stdout
    assert Path(env["GIT_SSL_CAINFO"]).exists()
    installed = run([python.python, "-c", "import demo; print(demo.__file__)"]).passed().stdout
    assert str(python.folder) in installed


def test_the_action_has_what_github_asks_for() -> None:
    text = (CHECKOUT / "action.yml").read_text("utf-8")
    for line in ("name: spip", "runs:", "  using: composite", "  steps:"):
        assert re.search(rf"^{line}", text, re.MULTILINE), line
    assert text.count("shell: bash") == len(list(steps(text))) == 3
    inputs = set(re.findall(r"inputs\.([\w-]+)", text))
    assert inputs == set(re.findall(r"^  ([\w-]+):$", text.partition("runs:")[0], re.MULTILINE))
    page = (PAGES / "ci.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in inputs)


def test_each_page_is_in_the_list_and_each_has_what_is_tried() -> None:
    overview = (PAGES / "index.md").read_text("utf-8")
    for page in PAGES.glob("*.md"):
        if page.name != "index.md":
            assert f"({page.name})" in overview
            assert re.search(r"<!-- (tried|validated)", page.read_text("utf-8")), page
