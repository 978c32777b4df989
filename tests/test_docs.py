"""The pages: each cause under its words in each language, no link that leads nowhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import record_words
from _site import outside, translations
from docs_links import anchors, broken, links
from spip.commands.explain import find
from spip.data import table
from support.wheelhouse import CHECKOUT

DOCS = CHECKOUT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(CHECKOUT / ".github").glob("*.md"), *CHECKOUT.glob("*.md")])
LANGUAGES = ("ko", "zh", "ru")
CAUSES = table("causes")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_links_are_found_where_they_are_and_not_in_code(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b` (c)\n[x](#a-b-c) [y](gone.md) `[z](no.md)`\n```\n[z](no.md)\n```\n")
    assert list(links(page.read_text())) == ["#a-b-c", "gone.md"]
    assert anchors(page.read_text()) == {"a-b-c"}
    assert list(broken(page)) == ["gone.md"]


def test_each_cause_has_a_page_and_each_page_a_cause() -> None:
    assert {path.stem for path in (DOCS / "causes").glob("*.md")} == set(CAUSES)


def test_the_table_of_causes_has_each_under_the_words_of_its_page() -> None:
    rows = re.findall(
        r"^\| (.+) \| \[([\w-]+)\]\(causes/\2\.md\) \| .+ \|$", _text("causes"), re.MULTILINE
    )
    headings = {
        path.stem: path.read_text("utf-8").splitlines()[0].removeprefix("# ").replace("|", "&#124;")
        for path in (DOCS / "causes").glob("*.md")
    }
    assert {name: words for words, name in rows} == headings
    assert [name for _, name in rows] == list(CAUSES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_each_cause_beside_its_english_name(language: str) -> None:
    text = _text(f"{language}/index")
    rows = re.findall(
        r"^\| \[([\w-]+)\]\((?:\.\./)?causes/\1\.md\) \| (.+) \| (.+) \|$", text, re.MULTILINE
    )
    assert [name for name, _, _ in rows] == list(CAUSES)
    for name in find.COMMON:
        assert f"](causes/{name}.md)" in text  # its own page
    for name, meaning, _ in rows:
        assert re.search(r"[^\x00-\x7f]", meaning), name  # it is translated
    for command in ("spip.pyz doctor", "spip.pyz install requests", "SHA256SUMS", "spip-shim"):
        assert command in text


def test_the_common_causes_have_a_page_in_each_language() -> None:
    for language in LANGUAGES:
        translated = {path.stem for path in (DOCS / language / "causes").glob("*.md")}
        assert translated == set(find.COMMON), language
    assert len(find.COMMON) == 20
    assert set(find.COMMON) <= set(CAUSES)


@pytest.mark.parametrize(
    ("language", "page", "english"),
    [*translations.translations(DOCS)],
    ids=lambda each: each if isinstance(each, str) else each.stem,
)
def test_a_translation_says_what_it_was_made_from_and_is_marked_where_that_has_changed(
    language: str, page: Path, english: Path
) -> None:
    """Where this fails: `scripts/site --write` marks the page."""
    text, original = page.read_text("utf-8"), english.read_text("utf-8")
    assert translations.marked(text, original, language) == text
    letters = {"ko": "[\uac00-\ud7a3]", "zh": "[\u4e00-\u9fff]", "ru": "[\u0430-\u044f]"}[language]
    assert len(re.findall(letters, text)) > 60
    # What is typed and what programs say is the same in every language.
    assert _fenced(text) == _fenced(original)
    assert _commands(text) == _commands(original)


def _fenced(page: str) -> list[str]:
    return re.findall(r"^```\n.*?^```$", page, re.MULTILINE | re.DOTALL)


def _commands(page: str) -> set[str]:
    prose = re.sub(r"<!-- recorded words.*/recorded words -->", "", page, flags=re.DOTALL)
    prose = re.sub(r"^>.*$", "", prose, flags=re.MULTILINE)
    return set(re.findall(r"`((?:spip|sudo|export|unset|pip|brew|pyenv) [^`]+)`", prose))


def test_a_translation_whose_english_text_has_changed_is_marked_until_it_is_made_anew() -> None:
    english = "# E\n\n## What it means\n\nOld.\n\n## What to do\n\n- x\n\n## How\n\nNear it: y.\n"
    fresh = f"<!-- english: {translations.digest(english)} -->\n# T\n\nwords\n"
    assert translations.marked(fresh, english, "ko") == fresh
    changed = english.replace("Old.", "New.")
    stale = translations.marked(fresh, changed, "ko")
    assert translations.MARKS["ko"] in stale
    assert translations.marked(stale, changed, "ko") == stale
    assert translations.marked(stale, english, "ko") == fresh
    # What a pip was heard to say, and links, are no part of it.
    assert not translations.is_stale(fresh, english.replace("Near it: y.", "Near it: z."))
    with pytest.raises(ValueError, match="first line"):
        translations.is_stale("# T\n", english)


def test_no_two_causes_have_the_same_heading() -> None:
    headings = [path.read_text("utf-8").splitlines()[0] for path in (DOCS / "causes").glob("*.md")]
    assert sorted(set(headings)) == sorted(headings)


def test_each_page_has_the_words_that_were_recorded_for_its_cause() -> None:
    said = json.loads(record_words.RECORDED.read_text("utf-8"))
    assert set(said) <= set(CAUSES)
    for cause, words_of in said.items():
        page = (DOCS / "causes" / f"{cause}.md").read_text("utf-8")
        assert [words for words in words_of if words not in page] == []
        assert record_words.with_words(page, words_of) == page


@pytest.mark.parametrize("cause", CAUSES)
def test_what_is_seen_without_spip_is_seen_without_spip(cause: str) -> None:
    page = (DOCS / "causes" / f"{cause}.md").read_text("utf-8")
    shown = page.partition("## How to see it without spip")[2].partition("```\n")[2]
    assert shown
    assert not re.search(r"\bspip\b", shown.partition("```")[0])


def test_the_words_of_old_and_new_pips_were_recorded() -> None:
    said = json.loads(record_words.RECORDED.read_text("utf-8"))
    speakers = {who for words_of in said.values() for each in words_of.values() for who in each}
    assert speakers == {f"pip {pip}, Python {python}" for python, pip in record_words.CELLS}


def test_the_site_has_each_page_in_its_list() -> None:
    config = (CHECKOUT / "mkdocs.yml").read_text("utf-8")
    listed = set(re.findall(r": ([\w/-]+\.md)$", config, re.MULTILINE))
    there = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert listed == {path for path in there if "causes/" not in path}


def test_on_the_site_a_link_to_what_it_lacks_is_plain_text() -> None:
    page = "[model](../../.github/SECURITY.md#x) [trust](../trust.md) [all](../causes/) [a](b://c)"
    said = outside.without_outside(page, "guides/page.md")
    assert said == "model [trust](../trust.md) [all](../causes.md) [a](b://c)"


def test_no_page_tells_anyone_to_install_the_package_that_is_somebody_elses() -> None:
    wrong = re.compile(r"(pip|pipx|uv tool|uvx) (install |run )?spip(?![\w-]|\.pyz)(?! )")
    for page in PAGES:
        assert not wrong.search(page.read_text("utf-8")), page


def _text(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


MAP = (CHECKOUT / ".github" / "CONTRIBUTING.md").read_text("utf-8")


def test_each_room_is_on_the_map() -> None:
    rooms = {
        path.stem
        for path in (CHECKOUT / "src" / "spip").iterdir()
        if not path.name.startswith("__")
        and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    table = MAP.partition("## The map")[2].partition("Beside it:")[0]
    named = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))))
    assert named == rooms


def test_each_place_that_the_map_names_is_there() -> None:
    named = re.findall(r"`((?:src|tests|scripts|docs)/[\w/.-]*)`", MAP)
    gone = [path for path in named if "NAME" not in path and not (CHECKOUT / path).exists()]
    assert gone == []
    assert len(named) > 20


def test_each_table_that_the_map_names_is_where_it_says() -> None:
    """A path alone may be right, and the table have moved to another file."""
    named = re.findall(r"`([A-Z]+)` in `((?:src|tests)/[\w/.]+)`", MAP)
    for name, path in named:
        assert re.search(rf"^{name}\b.* = ", (CHECKOUT / path).read_text("utf-8"), re.MULTILINE), (
            path
        )
    assert {name for name, _ in named} >= {"KEYS", "MATRIX"}
