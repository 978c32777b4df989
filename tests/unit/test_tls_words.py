"""The tables of words, vendors and places: complete, in order, and used."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from spip import data
from spip.certificates.x509 import read
from spip.diagnosis import findings
from spip.diagnosis.vendors import find_product
from support.authority import Authority
from support.wheelhouse import CHECKOUT

CAUSES = data.table("causes")
SOURCE = "\n".join(
    path.read_text("utf-8") for path in (CHECKOUT / "src" / "spip").rglob("*.py")
)  # fmt: skip
PAGES = CHECKOUT / "docs" / "causes"


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_its_words(cause: str) -> None:
    entry = CAUSES[cause]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cause)
    assert {"sentence", "next", "why", "who", "weight"} <= set(entry)
    assert entry["who"] in {"you", "IT", "host"}
    assert entry["weight"] in {findings.PROBLEM, findings.NOTE}
    for text in entry.values():
        assert text.isascii()  # readable in any code page
        assert text.isprintable()
        list(Formatter().parse(text))


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_one_that_the_code_can_name(cause: str) -> None:
    assert f'"{cause}"' in SOURCE


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_has_its_page(cause: str) -> None:
    text = (PAGES / f"{cause}.md").read_text("utf-8")
    assert f"`{cause}`" in text
    assert CAUSES[cause]["why"] in " ".join(text.split())
    assert len(text.splitlines()) > 8


def test_there_is_no_page_without_a_cause() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(CAUSES)


def test_no_sentence_blames_or_frightens() -> None:
    for cause, entry in CAUSES.items():
        everything = " ".join(entry.values()).lower()
        for word in ("attack", "hacker", "danger", "you failed", "illegal", "invalid ", "simply"):
            assert word not in everything, cause


def test_a_missing_fact_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        findings.make_finding("dns")


def test_a_fact_cannot_bring_placeholders_or_line_ends() -> None:
    found = findings.make_finding("dns", host="{spip}\n{x}", place="p", text="t", set_proxy="s")
    assert "{spip}\\n{x}" in found.sentence


def test_findings_are_ordered_by_what_they_explain() -> None:
    note = findings.make_finding("legacy-certs", where="x", unset="y")
    problem = findings.make_finding("refused", place="x", host="x")
    clock = findings.make_finding("wrong-clock", amount="", direction="", witness="", look="")
    assert findings.in_rank_order([note, problem, clock, note]) == (clock, problem, note)


def test_every_vendor_is_found_by_each_of_its_patterns() -> None:
    for entry in data.table("vendors")["product"]:
        assert entry["kind"] in {"network", "antivirus", "debugger"}
        for pattern in entry["issuers"]:
            found = find_product([read(Authority(pattern[:60]).der)])
            assert found
            assert (found.name, found.kind) == (entry["name"], entry["kind"])


def test_no_public_authority_is_taken_for_a_product() -> None:
    """A pattern that a public root matches would name a vendor on a healthy machine."""
    import certifi

    from spip.certificates.pem import certificates

    public = [read(der) for der in certificates(Path(certifi.where()).read_bytes())]
    assert [each.subject.text for each in public if find_product([each])] == []


def test_places_and_relaxations_can_be_used_as_they_stand() -> None:
    places = data.table("places")
    for entry in places["place"]:
        assert entry["kind"] == "agent"
        assert entry["path"].startswith("~")  # what an administrator writes is in trust/where.py
    for entry in (*places["file"], *data.table("relaxations")["file"]):
        re.compile(entry["pattern"])
