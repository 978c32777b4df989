"""Try mutants inside of one run of pytest: what each test reaches, then a fork for each mutant.

Everything is imported and collected once. A fork gets one mutant and runs the tests that reach the
changed line, the quickest first, until one fails.
"""

from __future__ import annotations

import importlib
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from _mutate.graft import graft

if TYPE_CHECKING:
    from types import FrameType

    from _mutate.mutants import Mutant

_LEAST_SECONDS = 10.0
_TIMES = 20  # as long as its tests took without it
_MOST_MEMORY = 4 << 30


class Fate(str, Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    UNREACHED = "reached by no test"
    UNTRIED = "can't be put in place"


@dataclass
class Trial:
    """`modules`: a module's file and its mutants. `fates` is what a run of pytest fills."""

    modules: dict[Path, list[Mutant]]
    at_once: int
    fates: dict[tuple[Path, Mutant], Fate] = field(default_factory=dict)
    red: list[str] = field(default_factory=list)  # left out, since they fail as they are
    _reached: dict[str, dict[int, set[int]]] = field(default_factory=dict)
    _taken: dict[int, float] = field(default_factory=dict)
    _running: dict[int, tuple[Path, Mutant, float]] = field(default_factory=dict)

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test as it is, then the mutants."""
        names = {str(path): path for path in self.modules}
        self._reached = {name: {} for name in names}
        items = session.items
        for number, item in enumerate(items):
            if not self._run_as_it_is(number, item):
                self.red.append(item.nodeid)
                for by_line in self._reached.values():
                    for tests in by_line.values():
                        tests.discard(number)
        for path, mutants in self.modules.items():
            for mutant in mutants:
                self._try(path, mutant, items)
        while self._running:
            self._wait()
        return True

    def _run_as_it_is(self, number: int, item: pytest.Item) -> bool:
        def of_call(frame: FrameType, event: str, argument: Any) -> Any:
            del event, argument
            lines = self._reached.get(frame.f_code.co_filename)
            return None if lines is None else _Noting(lines, number).note

        began = time.perf_counter()
        threading.settrace(of_call)
        sys.settrace(of_call)
        try:
            reports = _run(item)
        finally:
            sys.settrace(None)
            threading.settrace(None)
        self._taken[number] = time.perf_counter() - began
        wrong = [str(report.longrepr) for report in reports if report.failed]
        sys.stderr.write("".join(wrong))
        return not wrong

    def _tests_of(self, path: Path, mutant: Mutant) -> list[int]:
        reached = self._reached[str(path)]
        lines = set(range(mutant.lines[0], mutant.lines[1] + 1))
        if not mutant.names or "." in mutant.function or mutant.function in mutant.names:
            found = {test for line in lines for test in reached.get(line, ())}
            if found:
                return sorted(found, key=self._taken.__getitem__)
        users: set[int] = set()
        for file, by_line in self._reached.items():
            users |= _lines_that_use(file, mutant.names or (mutant.function,), by_line)
        # A field's default is used by whoever makes one, on no line of this module.
        rest = {test for tests in reached.values() for test in tests} - users
        return [t for each in (users, rest) for t in sorted(each, key=self._taken.__getitem__)]

    def _try(self, path: Path, mutant: Mutant, items: list[pytest.Item]) -> None:
        while len(self._running) >= self.at_once:
            self._wait()
        tests = self._tests_of(path, mutant)
        if not tests:
            self.fates[path, mutant] = Fate.UNREACHED
            return
        limit = max(_LEAST_SECONDS, _TIMES * sum(self._taken[test] for test in tests))
        child = os.fork()
        if not child:
            _live_as(path, mutant, [items[test] for test in tests])
        self._running[child] = path, mutant, time.monotonic() + limit

    def _wait(self) -> None:
        """Wait for one that ends; end those that take too long."""
        while True:
            for child, (path, mutant, limit) in list(self._running.items()):
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    self.fates[path, mutant] = _fate(status)
                elif time.monotonic() > limit:
                    _kill(child)
                    self.fates[path, mutant] = Fate.TIMED_OUT
                else:
                    continue
                del self._running[child]
                return
            time.sleep(0.005)


class _Noting:
    def __init__(self, lines: dict[int, set[int]], number: int) -> None:
        self.lines = lines
        self.number = number

    def note(self, frame: FrameType, event: str, argument: Any) -> Any:
        del event, argument
        self.lines.setdefault(frame.f_lineno, set()).add(self.number)
        return self.note


def _lines_that_use(file: str, names: tuple[str, ...], by_line: dict[int, set[int]]) -> set[int]:
    """Tests that reach a line which names one of these, or what is made of it on import."""
    text = Path(file).read_text("utf-8").splitlines()
    wanted = list(names)
    for name in wanted:
        word = re.compile(rf"\b{re.escape(name)}\b")
        for line in text:
            made = re.match(r"(\w+)(?:: [^=]+)? = ", line)
            if made and made[1] not in wanted and word.search(line[made.end() :]):
                wanted.append(made[1])
    words = re.compile(rf"\b(?:{'|'.join(map(re.escape, wanted))})\b")
    used = (number for number, line in enumerate(text, 1) if words.search(line))
    return {test for number in used for test in by_line.get(number, ())}


def _live_as(path: Path, mutant: Mutant, items: list[pytest.Item]) -> None:
    """Be the mutant; never returns. Ends with 0 where every test passes."""
    os.setsid()
    _limit_memory()
    code = 3
    try:
        module = importlib.import_module(_name(path))
        try:
            graft(module, mutant.text)
        except Exception:  # noqa: BLE001  # a mutant may do anything on import: that is noticed
            os._exit(1)
        failed = False
        for item in items:
            failed = failed or any(report.failed for report in _run(item))
        code = int(failed)
    finally:
        os._exit(code)


class _Nothing:
    """What comes next for pytest: nothing of this module, and still in this session."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


def _run(item: pytest.Item) -> list[pytest.TestReport]:
    """Run a test; what is made once for a session stays."""
    following: Any = _Nothing(item.session)
    return list(runtestprotocol(item, log=False, nextitem=following))


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    below = parts[len(parts) - parts[::-1].index("spip") - 1 :]
    return ".".join(below).removesuffix(".__init__")


def _fate(status: int) -> Fate:
    code = os.waitstatus_to_exitcode(status)
    return {0: Fate.SURVIVED, 3: Fate.UNTRIED}.get(code, Fate.KILLED)


def _kill(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
