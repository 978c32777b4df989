"""Which cause an error text is about: its words are compared with those on each cause's page.

A rare word counts more than one that is on every page. The best phrase of a page counts, not the
page as a whole, so that a long page doesn't win by its length.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORD = re.compile(r"[a-z0-9_]+")
_URL = re.compile(r"[a-z]+://\S+")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_SEEN_AS = re.compile(r"^## Also seen as\n\n((?:- .+\n)+)", re.MULTILINE)
_RECORDED = re.compile(r"<!-- recorded words -->(.*?)<!-- /recorded words -->", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_LEAST = 0.34  # of the weight of a phrase, or of what is asked for; less is chance
_LITTLE = 1.0  # words that are on a third of the pages
_UNKNOWN = 4.0  # a word that is on no page
_OF_PART = 0.3  # a part of a phrase counts less than the whole
_OF_RECORDED = 0.3  # what one pip said in full has many words that say nothing

# The causes that people meet most, the most common first. They come first where two pages have the
# same words, and their pages exist in every language.
COMMON = (
    "untrusted-interceptor",
    "unknown-authority",
    "missing-intermediate",
    "root-in-unused-place",
    "self-signed",
    "expired",
    "wrong-host-name",
    "wrong-clock",
    "bundle-missing",
    "proxy-unreachable",
    "proxy-login",
    "proxy-forbids",
    "proxy-wrong-scheme",
    "dns",
    "timeout",
    "refused",
    "handshake-cut",
    "no-ssl-build",
    "strict-rules",
    "verification-off",
)


def rank(text: str, pages: Mapping[str, str]) -> list[str]:
    """Return the names of the pages whose words the text has, the best first."""
    phrases = {name: list(_phrases(page)) for name, page in pages.items()}
    weights = _weights(phrases)
    said = words(text)
    scores = {
        name: max((_score(said, each, weights) for each in known), default=0.0)
        for name, known in phrases.items()
    }
    found = [name for name in pages if scores[name] > 0]
    return sorted(found, key=lambda name: (-scores[name], place(name)))


def table(pages: Mapping[str, str]) -> dict[str, object]:
    """Return all that `rank` goes by, as values of JSON: the site's search ranks in the browser."""
    phrases = {name: list(_phrases(pages[name])) for name in sorted(pages, key=place)}
    return {
        "phrases": {
            name: [[" ".join(sorted(each.words)), each.counts] for each in known]
            for name, known in phrases.items()
        },
        "weights": {word: round(weight, 4) for word, weight in _weights(phrases).items()},
        "least": _LEAST,
        "little": _LITTLE,
        "unknown": _UNKNOWN,
        "part": _OF_PART,
    }


def words(text: str) -> frozenset[str]:
    """Return the words of a text that can tell errors apart; addresses tell nothing."""
    return frozenset(_WORD.findall(_URL.sub(" ", text.lower())))


@dataclass(frozen=True)
class _Phrase:
    words: frozenset[str]
    counts: float = 1.0


def place(name: str) -> int:
    """Return how common a cause is: 0 is the most common."""
    return COMMON.index(name) if name in COMMON else len(COMMON)


def _score(said: frozenset[str], phrase: _Phrase, weights: Mapping[str, float]) -> float:
    """Return how well they fit. One word alone may be all that is asked for, or all of a phrase."""
    common = _weight(said & phrase.words, weights)
    share = common / max(min(_weight(phrase.words, weights), _weight(said, weights)), _LITTLE)
    if share < _LEAST or common < _LITTLE:
        return 0.0
    whole = common / _weight(phrase.words, weights)
    return round(common * max(whole, share * _OF_PART) * phrase.counts, 6)


def _weight(these: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(weights.get(word, _UNKNOWN) for word in these)


def _weights(phrases: Mapping[str, list[_Phrase]]) -> dict[str, float]:
    """Return how much each word tells: the fewer pages have it, the more."""
    having: dict[str, int] = {}
    for known in phrases.values():
        for word in frozenset().union(*(each.words for each in known)):
            having[word] = having.get(word, 0) + 1
    return {word: math.log((1 + len(phrases)) / count) for word, count in having.items()}


def _phrases(page: str) -> Iterator[_Phrase]:
    """Yield what a page says its error looks like: the title, its bullets, what pips said."""
    lines = _TITLE.findall(page)[:1]
    for found in _SEEN_AS.findall(page):
        lines += found.splitlines()
    for line in lines:
        for each in {line, *_CODE.findall(line)}:
            yield _Phrase(words(each))
    for found in _RECORDED.findall(page):
        for line in found.splitlines():
            if line.startswith("      "):
                yield _Phrase(words(line), _OF_RECORDED)
