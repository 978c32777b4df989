"""Ask every source for its roots: what each gave, and what was passed over and why."""

from __future__ import annotations

from spip import sources
from spip.certificates import openssl_facts, root_rules
from spip.sources import AS_THEY_ARE, Refusal, Value
from spip.stores import contents, distrust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from spip.sources import Source

__all__ = ["AS_THEY_ARE", "MOST_TOLD", "NO_SSL", "Given", "Root", "gather"]

# Refusals of single certificates that are told of one source; the rest is counted.
MOST_TOLD = 20
NO_SSL = sources.words(sources.NO_SSL)


class Root(Value):
    """One certificate that counts as a root. `expires`: epoch seconds; `line` 0: none."""

    __slots__ = ("der", "expires", "line", "sha256", "source", "subject")
    der: bytes
    sha256: str
    subject: str
    expires: int
    source: Source
    line: int

    def __init__(self, der: bytes, facts: openssl_facts.Facts, source: Source, line: int) -> None:
        from hashlib import sha256

        digest = sha256(der).hexdigest()
        super().__init__(der, facts.expires, line, digest, source, facts.subject)


class Given(Value):
    """What one source gave, doubles of other sources included."""

    __slots__ = ("refused", "roots", "source")
    source: Source
    roots: tuple[Root, ...]
    refused: tuple[Refusal, ...]

    def __init__(
        self, source: Source, roots: tuple[Root, ...], refused: tuple[Refusal, ...]
    ) -> None:
        super().__init__(refused, roots, source)


def gather(sources: Sequence[Source], now: int) -> list[Given]:
    """Ask each source, in order. One that can't be read costs only itself. `now`: epoch seconds."""
    read_of = [(source, contents.of(source)) for source in sources]
    known = {
        part.der for source, found in read_of if source.kind in AS_THEY_ARE for part in found.parts
    }
    everything = list(dict.fromkeys(part.der for _, found in read_of for part in found.parts))
    try:
        judged = openssl_facts.judge(everything)
    except ImportError:
        return [_unjudged(source, found) for source, found in read_of]
    rules = root_rules.Rules(judged, frozenset(known), distrust.distrusted(), now)
    return [_given(source, found, rules) for source, found in read_of]


def _given(source: Source, found: contents.Contents, rules: root_rules.Rules) -> Given:
    roots, refused = [], list(found.refused)
    for part in found.parts:
        if against := rules.against(part, as_it_is=source.kind in AS_THEY_ARE):
            kind, reason = against
            said = part.named(reason)
            refused.append(
                Refusal(source, said, whole=False, line=part.line, kind=kind, file=part.file)
            )
        else:
            roots.append(Root(part.der, rules.facts(part.der), source, part.line))
    if refused and not roots and not any(each.whole for each in refused):
        # What was said first is why nothing is left.
        first = refused[0]
        refused[0] = first.of_all()
    return Given(source, tuple(roots), tuple(_at_most(refused, source)))


def _unjudged(source: Source, found: contents.Contents) -> Given:
    """Give what pip itself would rely on, and nothing that can't be looked at."""
    if source.kind not in AS_THEY_ARE:
        return Given(source, (), (Refusal(source, NO_SSL, whole=True, kind=sources.NO_SSL),))
    nothing = openssl_facts.Facts("(a subject that wasn't read)", 0)
    rules = root_rules.Rules(
        openssl_facts.Judged(
            dict.fromkeys((part.der for part in found.parts), nothing), frozenset()
        ),
        frozenset(),
        distrust.distrusted(),
        0,
    )
    return _given(source, found, rules)


def _at_most(refused: list[Refusal], source: Source) -> list[Refusal]:
    """Name the first ones and count the rest: a broken file may have thousands."""
    told = refused[:MOST_TOLD]
    if rest := len(refused) - len(told):
        said = f"holds {rest} more that are passed over"
        told.append(Refusal(source, said, whole=False, kind=sources.REST))
    return told
