"""`scripts/bench`: commands really take turns, and what they cost becomes a table."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from _bench import table, turns
from _bench.turns import Case, Command, Measured, Reach, Sample
from support import own_home
from support.interpreters import interpreters
from support.lacking import lacking
from support.os_store import missing
from support.run import clean_environment, run
from support.wheelhouse import CHECKOUT

_NUMBER = r"[+-]?\d+\.\d+"
REACH = Reach(ratio=1.08, more=10)

posix = pytest.mark.skipif(sys.platform == "win32", reason="processes are measured as POSIX has it")


def case(folder: Path, **scripts: str) -> Case:
    """Make a row of shell scripts, by label."""
    environ = clean_environment(folder)
    commands = [
        Command(label, ("/bin/sh", "-c", script), environ) for label, script in scripts.items()
    ]
    return Case("a row", tuple(commands), REACH)


def test_one_turn_becomes_a_table() -> None:
    if missing():
        lacking(missing(), installable=sys.platform.startswith("linux"))
    if "3.13" not in interpreters():
        lacking("no CPython 3.13")
    path = f"{CHECKOUT / 'scripts'}:{CHECKOUT / 'tests'}"
    words = ["--pairs", "1", "--only", "`--version` (pip 26.3", "--only", "bundle, unchanged"]
    env = {"PYTHONPATH": path, own_home.ACCOUNTS: own_home.account()}
    done = run([sys.executable, "-m", "_bench", *words], env=env).passed()
    head, rule, wall, cpu = done.stdout.split("\n\n")[1].splitlines()
    assert head.startswith("| what | clock | pip | spip | ratio | more |")
    assert set(rule) == set("| -")
    start = re.escape("| `--version` (pip 26.3, Python 3.13) | ")
    costs = rf"\| {_NUMBER} \({_NUMBER}\) \| {_NUMBER} \({_NUMBER}\) \| {_NUMBER} \| {_NUMBER} \|"
    assert re.match(f"{start}wall {costs}", wall)
    assert re.match(f"{start}CPU {costs}", cpu)
    assert "| merged bundle, unchanged |" in done.stdout
    assert "Load at the end" in done.stdout


@posix
def test_commands_take_turns_and_each_begins_in_turn(tmp_path: Path) -> None:
    log = tmp_path / "log"
    rows = case(tmp_path, a=f"echo a >> {log}", b=f"echo b >> {log}")
    measured = turns.measure(rows, 3)
    assert log.read_text("ascii").split() == ["a", "b", *"ab", *"ba", *"ab"]
    assert [len(measured.samples[label]) for label in "ab"] == [3, 3]


@posix
def test_the_processor_is_counted_with_children_and_waiting_is_not(tmp_path: Path) -> None:
    busy = f"{sys.executable} -c 'sum(range(4000000))'; true"
    measured = turns.measure(case(tmp_path, pip="sleep 0.2", spip=busy), 1)
    waiting, working = measured.samples["pip"][0], measured.samples["spip"][0]
    assert waiting.wall >= 200
    assert waiting.cpu < 100
    assert working.cpu > 20


@posix
def test_what_does_not_run_is_told_by_its_last_line(tmp_path: Path) -> None:
    rows = case(
        tmp_path, pip="true", spip="true", peer="echo first; echo no such thing >&2; exit 3"
    )
    measured = turns.measure(rows, 1)
    assert measured.failed == {"peer": "exit 3: no such thing"}
    wall, _ = table.rows(measured, ["pip", "spip", "peer"])
    assert "doesn't run: exit 3: no such thing" in wall


def test_ratio_and_difference_are_medians_of_what_each_turn_gave() -> None:
    """A turn that another program disturbed counts no more than any other."""
    base, ours = [100.0, 100.0, 1000.0], [105.0, 104.0, 5000.0]
    assert table.ratio(base, ours) == 1.05
    assert table.more(base, ours) == 5.0
    assert table.verdict(base, ours, REACH) == "ratio 1.08, 10 ms more: yes"
    assert table.verdict(base, ours, Reach(ratio=1.04)) == "ratio 1.04: **no**"
    assert table.verdict(base, ours, Reach(more=4)) == "4 ms more: **no**"


def test_a_column_without_a_command_stays_empty(tmp_path: Path) -> None:
    samples = {label: (Sample(10.0, 5.0),) for label in ("pip", "spip")}
    rows = table.rows(Measured(case(tmp_path), samples, {}), ["pip", "spip", "peer"])
    assert [row.split(" | ")[6:9] for row in rows] == [["", "", ""]] * 2
