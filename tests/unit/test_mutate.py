"""`scripts/mutate`: a mutant differs in one decision, is in force for all, and is told apart."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("it forks", allow_module_level=True)

from _mutate import report
from _mutate.graft import graft
from _mutate.mutants import mutants
from _mutate.rooms import ROOMS
from _mutate.trial import Fate
from support.wheelhouse import CHECKOUT

TEXT = '''
from dataclasses import dataclass
from functools import cache

LIMIT = 3
DOUBLE = LIMIT * 2
NAMES = frozenset({"one", "two"})


@dataclass(frozen=True)
class Rule:
    open: bool = False

    @property
    def closed(self):
        return not self.open

    def __len__(self):
        return 1 + 1


@cache
def is_known(name, strict=True):
    """Words that decide nothing."""
    if name in NAMES and len(name) < LIMIT + 1:
        return strict
    raise ValueError("not known")
'''


def changes() -> set[tuple[str, str, str]]:
    return {each.key for each in mutants(TEXT)}


@pytest.mark.parametrize(
    ("function", "before", "after"),
    [
        ("", "LIMIT = 3", "LIMIT = 4"),
        ("", 'NAMES = frozenset({"one", "two"})', "NAMES = frozenset({'two'})"),
        ("Rule", "open: bool = False", "open: bool = True"),
        ("Rule.closed", "return not self.open", "return (self.open)"),
        ("is_known", "def is_known(name, strict=True):", "def is_known(name, strict=False):"),
        ("is_known", 'raise ValueError("not known")', "pass"),
        *(
            ("is_known", "if name in NAMES and len(name) < LIMIT + 1:", after)
            for after in (
                "if False:",
                "if True:",
                "if True and len(name) < LIMIT + 1:",
                "if name in NAMES and True:",
                "if (name not in NAMES) and len(name) < LIMIT + 1:",
                "if name in NAMES and (len(name) <= LIMIT + 1):",
                "if name in NAMES and len(name) < LIMIT + 2:",
            )
        ),
    ],
)
def test_a_decision_is_changed(function: str, before: str, after: str) -> None:
    assert (function, before, after) in changes()


def test_words_are_not() -> None:
    assert not any("Words" in after or "not known" in after for _, _, after in changes())
    for each in mutants(TEXT):
        compile(each.text, "mutant", "exec")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("a = 'copy' if os.name == 'nt' else name", []),
        ("a = sys.platform == 'win32' or name", ["a = sys.platform == 'win32' or False"]),
        ("a = FLAG | getattr(os, 'O_BINARY', 0)", ["a = (getattr(os, 'O_BINARY', 0))"]),
        ("a = sys.version_info >= (3, 11)", []),
    ],
)
def test_what_another_platform_decides_is_left_alone(line: str, left: list[str]) -> None:
    """But for what is beside it in the same line."""
    assert [each.after for each in mutants(f"def f(name):\n    {line}\n")] == left


@pytest.fixture
def module() -> Any:
    made = ModuleType("spip_of_a_test")
    made.__file__ = "spip_of_a_test.py"
    sys.modules[made.__name__] = made
    exec(compile(TEXT, made.__file__, "exec"), made.__dict__)  # noqa: S102  # the text above
    yield made
    del sys.modules[made.__name__]


def test_what_others_hold_already_becomes_the_mutant(module: Any) -> None:
    """Functions, defaults, properties and limits; and what was made of a limit on import."""
    function, rule, user = module.is_known.__wrapped__, module.Rule, ModuleType("user")
    user.__dict__["LIMIT"] = module.LIMIT
    sys.modules["user"] = user
    try:
        graft(module, TEXT.replace("LIMIT = 3", "LIMIT = 30"))
        assert (module.DOUBLE, user.__dict__["LIMIT"]) == (60, 30)
    finally:
        del sys.modules["user"]
    graft(module, TEXT.replace("bool = False", "bool = True").replace("strict=True", "strict=0"))
    assert rule().open is True
    assert len(rule()) == 2
    assert function("one") == 0
    graft(module, TEXT.replace("not self.open", "(self.open)").replace("1 + 1", "1 + 2"))
    assert len(rule()) == 3
    assert rule(open=True).closed is True


def test_a_share_and_the_survivors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "equivalent", lambda: {("f", "a", "b"): "why", ("g", "a", "b"): ""})
    fates = {
        ("m.py", ("f", "a", "b")): Fate.SURVIVED,
        ("m.py", ("f", "a", "c")): Fate.SURVIVED,
        ("m.py", ("f", "a", "d")): Fate.KILLED,
        ("m.py", ("f", "a", "e")): Fate.TIMED_OUT,
        ("m.py", ("g", "a", "b")): Fate.KILLED,
    }
    assert report.share(fates) == 75.0
    said = report.survivors(fates)
    assert said.splitlines()[:3] == ["m.py f: survived", "  - a", "  + c"]
    assert "called equivalent, and killed: g: b" in said
    assert "1 equivalent   1 survived   75.0 %" in report.of_room("x", fates, 1.0)


def test_each_room_has_its_modules_and_its_tests() -> None:
    """A module that was moved has to be named where it is now."""
    for room in ROOMS.values():
        for names, folder in ((room.modules, "src/spip"), (room.tests, "tests")):
            for name in names:
                assert list((CHECKOUT / folder).glob(name)), name


def test_each_reason_is_one() -> None:
    """And stands beside a line that some module has."""
    text = "\n".join(
        " ".join(line.split())
        for room in ROOMS.values()
        for name in room.modules
        for path in (CHECKOUT / "src" / "spip").glob(name)
        for line in path.read_text("utf-8").splitlines()
    )
    for (_, before, after), why in report.equivalent().items():
        assert len(why) > 20
        assert before != after
        assert before.split(" (")[0][:30] in text, before
