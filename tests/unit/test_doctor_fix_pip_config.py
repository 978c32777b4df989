"""Options in pip's configuration files: found and taken out by pip's rules, the rest untouched."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip.environment.target_facts import Pip
from spip.relaxations import relaxation, search
from spip.relaxations.pip_config import parse_options
from spip.relaxations.relaxation import Relaxation
from spip.repair import backup, removal

CASES = {
    "one line": ("[global]\ntrusted-host = a\nb = c\n", "[global]\nb = c\n"),
    "a colon": ("[global]\ntrusted-host: a\n", "[global]\n"),
    "underscores, capitals": ("[global]\nTrusted_Host = a\n", "[global]\n"),
    "dashes": ("[global]\n--trusted-host = a\n", "[global]\n"),
    "several lines": (
        "[global]\ntrusted-host =\n    a\n    b\ntimeout = 3\n",
        "[global]\ntimeout = 3\n",
    ),
    "comments between": (
        "[global]\ntrusted-host =\n    a\n    # why\n; or not\n    b\n# end\ntimeout = 3\n",
        "[global]\n    # why\n; or not\n# end\ntimeout = 3\n",
    ),
    "an empty line between": (
        "[global]\ntrusted-host =\n    a\n\n    b\ntimeout = 3\n",
        "[global]\n\ntimeout = 3\n",
    ),
    "several sections": (
        "[global]\ntrusted-host = a\n[install]\ntrusted-host = b\n[list]\nx = 1\n",
        "[global]\n[install]\n[list]\nx = 1\n",
    ),
    "an indented file": ("[global]\n  trusted-host = a\n  b = c\n", "[global]\n  b = c\n"),
    "an indented file, going on": (
        "[global]\n  trusted-host =\n    a\n  b = c\n",
        "[global]\n  b = c\n",
    ),
    "Windows line ends": (
        "[global]\r\ntrusted-host = a\r\n   b\r\nx = 1\r\n",
        "[global]\r\nx = 1\r\n",
    ),
    "no end": ("[global]\nx = 1\ntrusted-host = a", "[global]\nx = 1\n"),
    "a comment alone": ("[global]\n# trusted-host = a\n", "[global]\n# trusted-host = a\n"),
    "a value like it": (
        "[global]\nx = trusted-host = a\n",
        "[global]\nx = trusted-host = a\n",
    ),
    "letters that look like line ends": (
        "[global]\n# \xc3\x85 \xe2\x80\xa8\ntrusted-host = a\nx = \xc3\x85\n",
        "[global]\n# \xc3\x85 \xe2\x80\xa8\nx = \xc3\x85\n",
    ),
    "a bundle that is gone": ("[global]\ncert = ~/none/at/all.pem\nx = 1\n", "[global]\nx = 1\n"),
    "a bundle that is there": ("[global]\ncert = ~/pip.conf\n", "[global]\ncert = ~/pip.conf\n"),
    "indexes over http": (
        "[global]\nextra-index-url =\n    http://a.example/x\n    https://b\n",
        "[global]\nextra-index-url =\n    https://a.example/x\n    https://b\n",
    ),
}


def hacks(path: Path) -> list[Relaxation]:
    settings = (("global", "x", "1", str(path), "user"),)
    return search.find_relaxations(
        Pip("26.3", "/none", settings=settings), {"HOME": str(path.parent)}
    )


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_what_is_left(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "pip.conf"
    path.write_bytes(before.encode("latin-1"))
    found = hacks(path)
    new = relaxation.plan_change(str(path), found).new if found else path.read_bytes()
    assert new == after.encode("latin-1")


def _option(key: str, between: str, values: list[str]) -> str:
    return key + between + "\n    ".join(values)


_KEYS = st.sampled_from(["trusted-host", "timeout", "index-url", "Cert", "proxy"])
_VALUES = st.lists(st.sampled_from(["a", "b.c", "https://d/e", "1 2"]), min_size=1, max_size=3)
_LINES = st.one_of(
    st.sampled_from(["", "# comment", "; other", "    # indented"]),
    st.builds(_option, _KEYS, st.sampled_from([" = ", ":"]), _VALUES),
)


_PARTS = st.lists(st.lists(_LINES, max_size=6), min_size=1, max_size=3)


@given(_PARTS, st.sampled_from(["\n", "\r\n"]))
def test_every_option_is_read_as_configparser_reads_it(parts: list[list[str]], end: str) -> None:
    names = ["global", "install", "list"]
    lines = [f"[{names[n]}]\n" + "\n".join(each) for n, each in enumerate(parts)]
    text = "\n".join(lines).replace("\n", end)
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text.replace("\r\n", "\n"))
    expected = {
        (section, key.replace("_", "-")): value.split()
        for section in parser.sections()
        for key, value in parser.items(section)
    }
    ours = {(each.section, each.key): each.value.split() for each in parse_options(text)}
    assert ours == expected


def test_a_file_that_another_program_changed_meanwhile_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pip.conf"
    path.write_text("[global]\ntrusted-host = a\n")
    found = hacks(path)
    path.write_text("[global]\n# now\ntrusted-host = a\n")
    run = backup.Backup(str(tmp_path / "kept"))
    assert removal.remove_relaxations(found, run, str(tmp_path / "locks" / "lock")) == []
    assert path.read_text() == "[global]\n# now\ntrusted-host = a\n"
    assert "changed by somebody else" in capsys.readouterr().out
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pip.conf"]
