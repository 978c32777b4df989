"""Where no merged bundle can be written, a pip command has what pip alone trusts, and no less."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spip.bridge.trust_client import Home
from support.authority import Authority
from support.environments import Environment, current_environment, environment, with_spip
from support.lacking import lacking
from support.run import Result, run
from support.servers import TlsServer

SPIPS = [("3.13", "26.3"), ("3.11", "23.2.1"), ("3.8", "23.0.1")]
# A limit on the size of files is a full disk wherever one writes; no bundle is that small.
FULL = ["/bin/sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]


@dataclass(frozen=True)
class Pair:
    """A pip, and a spip that runs it."""

    target: Environment
    home: Environment

    def run(self, how: str, *words: str, **env: str) -> Result:
        """Run pip or spip where no bundle can be written."""
        argv = self.target.pip(*words) if how == "pip" else self.home.spip(*words)
        env = {"SPIP_PYTHON": str(self.target.python), "PYTHONDONTWRITEBYTECODE": "1", **env}
        return run([*FULL, *argv], env=env)


@pytest.fixture(params=SPIPS, ids="-pip-".join)
def pair(request: pytest.FixtureRequest) -> Pair:
    if sys.platform == "win32":
        lacking("no limit on the size of files", installable=False)
    python, pip = request.param
    target = environment(python, pip)
    if python == "3.8":
        return Pair(target, with_spip(current_environment()))
    return Pair(with_spip(target), with_spip(target))


def built(index: TlsServer, folder: Path, how: str) -> list[str]:
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    return ["wheel", *where, "--no-deps", "-w", str(folder / how), "needsbuild"]


def test_what_the_user_named_counts_for_pip_and_its_children(
    pair: Pair, index: TlsServer, authority: Authority, tmp_path: Path
) -> None:
    """spip had taken REQUESTS_CA_BUNDLE away, and given pip and the build certifi alone."""
    named = {"REQUESTS_CA_BUNDLE": str(authority.write(tmp_path))}
    pair.run("pip", *built(index, tmp_path, "pip"), **named).passed()
    said = pair.run("spip", *built(index, tmp_path, "spip"), **named).passed()
    assert list((tmp_path / "spip").glob("*.whl"))
    told = [line for line in said.stderr.splitlines() if line.startswith("spip: ")]
    assert len(told) == 1
    assert told[0].startswith("spip: no merged bundle could be made (")
    assert told[0].endswith("; pip goes on with what it trusts itself")


def test_a_setting_in_a_file_counts(
    pair: Pair, index: TlsServer, authority: Authority, stranger: Authority, tmp_path: Path
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\ncert = {authority.write(tmp_path)}\n")
    words = built(index, tmp_path, "spip")
    pair.run("spip", *words, PIP_CONFIG_FILE=str(config)).passed()
    config.write_text(f"[global]\ncert = {stranger.write(tmp_path)}\n")
    index.forget()
    said = pair.run("spip", *words, PIP_CONFIG_FILE=str(config)).failed()
    assert "CERTIFICATE_VERIFY_FAILED" in said.output
    assert index.record.handed_over == 0


def test_a_home_that_fails_is_such_a_case() -> None:
    """Its answer looked like one with all that the user had named in it."""
    question = {"pip_certifi": "/somewhere/cacert.pem"}
    answer = Home([sys.executable, "-c", "raise SystemExit(1)"]).roots({}, question)
    assert answer["failed"]
    assert answer["path"] == question["pip_certifi"]
