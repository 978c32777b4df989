"""What looks through other people's files takes time by their length, and not by its square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spip.doctor import scan
from spip.relaxations import search

# What repeats until a pattern gets lost in it.
REPEATED = (
    "curl ", "curl -", "pip install ", "wget -", "unset ", "set -e ", "env -u ", "git -c ", "a=",
    "export ", "PIP_TRUSTED_HOST=a ", "CURL_CA_BUNDLE=", "--trusted-host ", '"', "'", " ", "\t",
    "\\",
    "requests.get(", "(", "[", "${", "npm ", "conda ", "alias pip='", "x",
    "export PIP_TRUSTED_HOST=a;",
)  # fmt: skip
SHORT = 40_000


def taken(text: str) -> float:
    started = time.process_time()
    list(scan._matches_in("build.sh", text.encode()))
    return time.process_time() - started


@pytest.mark.parametrize("part", REPEATED)
def test_twice_as_long_takes_twice_the_time(part: str) -> None:
    """One long line hung `--scan`."""
    lengths = [part * (length // len(part)) for length in (SHORT, 4 * SHORT)]
    short, long = min(taken(lengths[0]) for _ in range(2)), taken(lengths[1])
    assert long < 8 * max(short, 0.02), f"{short:.3f} s, and {long:.3f} s for four times as much"


@pytest.mark.parametrize("place", [0, 1500, 1990, 2000, 3990, 50_000])
def test_what_is_in_a_long_line_is_found(place: int) -> None:
    text = "x" * place + " pip install --trusted-host a b " + "x" * 5000
    found = list(scan._matches_in("build.sh", text.encode()))
    assert [(each.tool, each.kind, each.line) for each in found] == [("pip", "--trusted-host", 1)]


@pytest.mark.parametrize("part", REPEATED)
@pytest.mark.parametrize("end", ["", "\n"])
def test_an_rc_file_of_any_kind_is_read_in_time(part: str, end: str, tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text((part + end) * (12_000 // len(part + end)))
    started = time.process_time()
    search.find_relaxations(None, {"HOME": str(tmp_path)})
    assert time.process_time() - started < 20
