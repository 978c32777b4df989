"""`scripts/machines`: what a new machine takes over, what is read from a log, how it all ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from _machines import plan as plans
from _machines import root, table, taken
from _machines.plan import Command, Outcome, Plan
from support.lacking import lacking

PLAN = Plan("sid", "/root-of-it", "/mount", "/checkout", (Command("test", ("scripts/test",)),))
LOG = """\
SKIPPED [12] tests/test_matrix.py:33: no CPython 3.6
SKIPPED [1] tests/unit/test_words.py: no git: it is not on PATH
=========== 2401 passed, 13 skipped in 301.22s (0:05:01) ===========
"""


def test_a_plan_arrives_as_it_was_sent() -> None:
    sent = Plan("sid", "/r", "/m", "/c", PLAN.commands, "ann", ("a",), {"/etc/x": "é"}, {"A": "b"})
    assert plans.read(sent.text()) == sent


def test_only_what_holds_elsewhere_too_is_taken_from_pip_settings() -> None:
    lines = [
        "global.index-url='https://index.corp.example/simple'",
        "global.extra-index-url='file:///srv/simple https://more.corp.example/simple'",
        "global.cert='/etc/ssl/certs/ca-certificates.crt'",
        "global.trusted-host='index.corp.example'",
        "global.find-links='/srv/wheels'",
        ":env:.timeout='180'",
    ]
    assert taken.reaching(lines) == {
        "index-url": "https://index.corp.example/simple",
        "extra-index-url": "https://more.corp.example/simple",
        "timeout": "180",
    }


@pytest.mark.parametrize(
    "line",
    [
        "deb https://mirror.corp.example/debian bookworm main",
        "deb [signed-by=/k.gpg] https://mirror.corp.example/debian bookworm main",
        "Types: deb\nURIs: https://mirror.corp.example/debian\nSuites: sid",
    ],
)
def test_the_mirror_is_the_one_of_apt(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "deb https://tools.corp.example/apt stable main\n# deb https://old/debian sid main\n"
    security = "\ndeb https://mirror.corp.example/debian-security bookworm main\n"
    (tmp_path / "sources.list").write_text(other + line + security)
    monkeypatch.setattr(taken, "_SOURCES", (str(tmp_path / "*"),))
    assert taken.mirror() == "https://mirror.corp.example/debian"


def test_proxies_are_taken_over_and_no_other_variable() -> None:
    given = {"https_proxy": "http://p:1", "NO_PROXY": "a", "PIP_PROXY": "http://p:1", "HOME": "/"}
    assert taken.proxies(given) == {"https_proxy": "http://p:1", "NO_PROXY": "a"}


def test_counts_and_reasons_are_read_from_the_log() -> None:
    row = table.Row(PLAN, [Outcome("test", 0, 301.4)], LOG)
    assert row.is_good
    assert table.line(row).split("  ")[-1] == "2401 passed, 13 skipped"
    assert " test 301 s " in table.line(row)
    assert table.skips([row, row]) == [
        "no CPython 3.6: 24 on sid-bare-root",
        "no git: it is not on PATH: 2 on sid-bare-root",
    ]


@pytest.mark.parametrize("outcomes", [[], [Outcome("test", 1, 1.0)], [Outcome("test", None, 1.0)]])
def test_a_command_that_failed_or_never_ran_makes_no_good_row(outcomes: list[Outcome]) -> None:
    assert not table.Row(PLAN, outcomes, LOG).is_good


def test_a_kill_of_the_script_ends_all_that_runs_on_the_machine() -> None:
    """Mounts and what lies in them end with the last process of their namespace."""
    if sys.platform != "linux" or os.geteuid() != 0 or root.missing():
        lacking("root and what `scripts/machines` takes", installable=False)
    code = "import os, subprocess, sys; subprocess.run(sys.argv[1:], check=False)"
    words = [*root.alone(), "sh", "-c", "mount -t tmpfs own /mnt; echo up; exec sleep 300"]
    with subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE) as script:
        assert script.stdout
        assert script.stdout.readline() == b"up\n"
        assert " own " not in Path("/proc/self/mountinfo").read_text()
        script.send_signal(signal.SIGKILL)
        start = time.monotonic()
        assert script.stdout.read() == b""  # whoever could write there has ended
        assert time.monotonic() - start < 60
