"""The pages of causes in other languages: what each was made from, and whether that changed.

The first line of a translation holds the digest of what it was made from: the two sections of the
English page that are prose. Where that text has changed since, the page is marked, so that a reader
of the site and of `spip explain` knows. After a translation was brought up to date, its first line
gets the new digest: `scripts/site --digest NAME` prints it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What is said on a page whose English text has changed since.
MARKS = {
    "ko": "> **주의:** 이 번역 뒤에 영어 페이지가 바뀌었습니다.",
    "zh": "> **注意:** 本译文完成之后英文页面已有更改。",
    "ru": "> **Внимание:** английская страница изменилась после этого перевода.",
}
_HEAD = re.compile(r"\A<!-- english: (?P<digest>[0-9a-f]{16}) -->\n(?P<title># .+\n)\n")
_PROSE = re.compile(
    r"^## (?:What it means|What to do)\n(.*?)(?=^## |^<!-- recorded|^Near it:|\Z)",
    re.MULTILINE | re.DOTALL,
)


def digest(english: str) -> str:
    """Return the digest of what a translation of this page is made from."""
    prose = "\n".join(_PROSE.findall(english))
    return hashlib.sha256(" ".join(prose.split()).encode()).hexdigest()[:16]


def is_stale(page: str, english: str) -> bool:
    """Whether a translation was made from another text. Raises ValueError where it doesn't say."""
    head = _HEAD.match(page)
    if head is None:
        raise ValueError("the first line of a translation is <!-- english: DIGEST -->")
    return head["digest"] != digest(english)


def marked(page: str, english: str, language: str) -> str:
    """Return the translation with the mark if it is stale, without it if not."""
    note = f"{MARKS[language]}\n\n"
    stale = is_stale(page, english)
    page = page.replace(note, "", 1)
    head = _HEAD.match(page)
    if not stale or head is None:
        return page
    return head[0] + note + page[head.end() :]


def translations(docs: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield language, translation and English page of each that there is."""
    for language in MARKS:
        for page in sorted((docs / language / "causes").glob("*.md")):
            yield language, page, docs / "causes" / page.name


def mark(docs: Path) -> list[Path]:
    """Mark each stale translation, take the mark off the others; the pages that changed."""
    changed = []
    for language, page, english in translations(docs):
        text = page.read_text("utf-8")
        new = marked(text, english.read_text("utf-8"), language)
        if new != text:
            page.write_text(new, "utf-8")
            changed.append(page)
    return changed
