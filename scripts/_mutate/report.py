"""Report what became of each mutant, and read the list of those that change nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from _mutate.trial import Fate

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# By the module's path, and what tells the mutant from others.
Fates = dict[tuple[str, tuple[str, str, str]], Fate]
_EQUIVALENT = Path(__file__).parent / "equivalent.toml"
_KILLED = (Fate.KILLED, Fate.TIMED_OUT)


def equivalent() -> dict[tuple[str, str, str], str]:
    """Return the mutants that were judged to change nothing, and why; whatever module has them."""
    said: list[dict[str, Any]] = tomllib.loads(_EQUIVALENT.read_text("utf-8"))["equivalent"]
    return {(e["function"], before, after): e["why"] for e in said for before, after in e["lines"]}


def of_room(name: str, fates: Fates, seconds: float) -> str:
    """Return a line for each module of a room."""
    known = equivalent()
    lines = []
    for module in dict.fromkeys(module for module, _ in fates):
        here = {key: fate for (m, key), fate in fates.items() if m == module}
        killed = sum(fate in _KILLED for fate in here.values())
        same = sum(fate not in _KILLED and key in known for key, fate in here.items())
        left = len(here) - killed - same
        rest = len(here) - same
        share = 100 * killed / rest if rest else 100.0
        lines.append(
            f"{name:10} {module:32} {len(here):4} mutants {killed:4} killed {same:3} equivalent "
            f"{left:3} survived  {share:5.1f} %"
        )
    return "\n".join([*lines, f"{name:10} after {seconds:.0f} s"])


def share(fates: Fates) -> float:
    """Return how many percent of those that aren't equivalent were killed."""
    known = equivalent()
    rest = [fate for (_, key), fate in fates.items() if fate in _KILLED or key not in known]
    return 100 * sum(fate in _KILLED for fate in rest) / len(rest) if rest else 100.0


def survivors(fates: Fates) -> str:
    """Return each that is left, and what the list of equivalents has too much."""
    known = equivalent()
    lines = []
    for (module, key), fate in fates.items():
        if fate not in _KILLED and key not in known:
            function, before, after = key
            lines += [
                f"{module} {function or '(module)'}: {fate.value}",
                f"  - {before}",
                f"  + {after}",
            ]
    wrong = [key for (_, key), fate in fates.items() if fate in _KILLED and key in known]
    lines += [f"called equivalent, and killed: {function}: {after}" for function, _, after in wrong]
    return "\n".join(lines)
