"""The whole story, from an empty home: the old hacks go, `pip` is spip, and verifies.

Its transcript is written to .cache/fix-story.txt.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.authority import Authority
from support.environments import current_environment, with_spip
from support.interpreters import interpreter
from support.lacking import lacking
from support.os_store import OsStores
from support.run import Result, run
from support.servers import TlsServer
from trust_machine import Machine, missing

TRANSCRIPT = Path(__file__).parent.parent / ".cache" / "fix-story.txt"
BASHRC = b"""\
# what a new shell has had for years
export EDITOR=vi
alias pip='pip --trusted-host localhost'   # or nothing can be installed
alias ll='ls -l'
"""
PIP_CONF = """\
[global]
# the company's mirror
index-url = {url}
trusted-host =
    localhost
    # the old mirror
    127.0.0.1
timeout = 5
"""
OLD = 1_600_000_000_123_456_789


@dataclass
class Desk:
    """A user's machine whose store has the company's root; and all that was typed there."""

    machine: Machine
    path: str
    typed: list[str] = field(default_factory=list)

    def type(self, line: str) -> Result:
        """Type a line in a new interactive bash."""
        bash = ["/usr/bin/bash", "-i", "-c", f"exec 2>&1\n{line}"]
        env = {"HOME": str(self.machine.home), "PATH": self.path, "PIP_CONFIG_FILE": None}
        done = run(self.machine.wrap(bash), env=env, cwd=self.machine.home)
        self.typed.append(f"$ {line}\n{done.stdout}")
        return done


@pytest.fixture
def desk(os_stores: OsStores, authority: Authority, tmp_path: Path, lasting_path: Path) -> Desk:
    if missing():
        lacking(missing(), installable=False)
    home = tmp_path / "home"
    home.mkdir()
    machine = Machine(tmp_path / "over", os_stores.trusting(authority), home)
    machine.put("/etc/pip.conf", b"")  # this machine's own
    spip = with_spip(current_environment())
    commands = lasting_path / "bin"
    commands.mkdir()
    (commands / "spip").symlink_to(spip.scripts / "spip")
    python = interpreter("3.13").path.parent
    return Desk(machine, f"{commands}:{python}:/usr/bin:/bin")


@pytest.fixture
def transcript(desk: Desk) -> Iterator[None]:
    yield
    TRANSCRIPT.parent.mkdir(exist_ok=True)
    text = "\n".join(desk.typed).replace(str(desk.machine.home), "/home/ann")
    TRANSCRIPT.write_text(text, "utf-8")


def put(path: Path, content: bytes) -> tuple[bytes, int, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o640)
    os.utime(path, ns=(OLD, OLD))
    return looks(path)


def looks(path: Path) -> tuple[bytes, int, int]:
    seen = path.stat()
    return path.read_bytes(), seen.st_mtime_ns, seen.st_mode


@pytest.mark.os_store
@pytest.mark.usefixtures("transcript")
def test_the_whole_story(desk: Desk, index: TlsServer, strange_index: TlsServer) -> None:
    home = desk.machine.home
    rc, conf = home / ".bashrc", home / ".config" / "pip" / "pip.conf"
    before = put(rc, BASHRC), put(conf, PIP_CONF.format(url=index.url("/simple/")).encode())
    strange = shlex.join(["--index-url", strange_index.url("/simple/"), "--no-deps", "demo"])
    desk.type("python3 -m venv first && . first/bin/activate && pip install " + strange).passed()

    desk.type("cat .bashrc .config/pip/pip.conf").passed()
    desk.type("spip doctor --fix --dry-run").passed()
    assert (looks(rc), looks(conf)) == before
    desk.type("spip doctor --fix --yes").passed()

    assert b"trusted-host" not in rc.read_bytes() + conf.read_bytes()
    assert b"alias ll='ls -l'\n" in rc.read_bytes()
    assert b"    # the old mirror\n" in conf.read_bytes()
    assert "pip" in desk.type("type pip").passed().stdout
    install = "python3 -m venv .venv && . .venv/bin/activate && "
    done = desk.type(f"{install}pip install demo && pip list").passed()
    assert "Successfully installed demo" in done.stdout
    refused = desk.type(
        f". .venv/bin/activate && pip install {strange} --target elsewhere"
    ).failed()
    assert "spip: localhost" in refused.stdout
    assert "nothing on this machine trusts" in refused.stdout
    assert "nothing to mend" in desk.type("spip doctor --fix").passed().stdout

    desk.type("spip doctor --undo").passed()
    assert (looks(rc), looks(conf)) == before
    assert not (home / ".local" / "share").exists()
