"""Where a root may come from, and why one of these places gave less than it could.

Plain classes instead of dataclasses, whose import alone costs more than a whole unchanged bundle.
"""

from __future__ import annotations

from spip.text import in_ascii

# Nothing is there, or nothing of the kind.
MISSING, NOWHERE, FOLDER, SPECIAL = "missing", "nowhere", "folder", "special"
EMPTY, LARGE, MANY, NOTHING = "empty", "large", "many", "nothing"
# It is there, and can't be read, or not now.
UNREADABLE, REPLACED, NO_SSL = "unreadable", "replaced", "no-ssl"
# Somebody else could have written it: by its owner, by its mode, by a list, by where it lies.
RELATIVE, OWNER, OTHERS, GROUP = "relative", "owner", "others", "group"
LISTED, CARELESS, REMOTE, SAID = "listed", "careless", "remote", "said"  # SAID: by Windows
# A part of it is none, or may not be a root.
KEY, NO_CERTIFICATE, BROKEN, GLUED = "key", "no-certificate", "broken", "glued"
DISTRUSTED, NO_AUTHORITY = "distrusted", "no-authority"
EXPIRED, PURPOSE, REST = "expired", "purpose", "rest"

STRANGERS = frozenset({OWNER, OTHERS, GROUP, LISTED, CARELESS, REMOTE, SAID})
# The file may hold what is looked for, and a person can make it count.
HELD_BACK = STRANGERS | {RELATIVE}
# A program that names the file itself may still make use of it.
LACKING = HELD_BACK | {NO_AUTHORITY, PURPOSE}
# A part whose bytes are spoilt.
SPOILT = frozenset({BROKEN, GLUED})

_WORDS = {
    MISSING: "does not exist",
    NOWHERE: "is a link that leads nowhere",
    FOLDER: "is a folder, not a file",
    SPECIAL: "is neither a file nor a folder",
    EMPTY: "is empty",
    LARGE: "is larger than {} MB",
    MANY: "holds more than {} files",
    NOTHING: "holds no certificate",
    UNREADABLE: "can't be read ({})",
    REPLACED: "was replaced while it was looked at",
    NO_SSL: "needs Python's ssl module to be read, which this interpreter lacks",
    RELATIVE: "is not an absolute path",
    OWNER: "belongs to {}",
    OTHERS: "is writable by others{}",
    GROUP: "is writable by {}",
    LISTED: "is writable by {}, by its access control list",
    CARELESS: "lies on a filesystem ({}) that doesn't keep who owns what",
    REMOTE: "lies on another machine",
}
# How one gets from the path that was named to what is at fault.
IN, OVER = "lies in", "leads over"


def words(why: str, detail: str = "", at: str = "", way: str = "") -> str:
    """Return the end of a sentence that begins with "it"; printable ASCII if its parts are.

    `at`: the folder or link that is at fault, `way` (IN, OVER) how it stands to the path.
    """
    said = _WORDS[why].format(detail) if why in _WORDS else detail
    return f"{way} {at}, which {said}" if way else said


# Taken as they are, without asking for owners, purposes or dates: pip itself relies on both.
AS_THEY_ARE = ("os", "certifi")
# Which rule of `ownership` holds for which other kind of source; a kind that isn't named: "admin".
RULES = {
    "explicit": "named",
    "added": "user",
    "admin": "admin",
    "anchor": "admin",
    "vendor": "admin",
}


class Value:
    """Something that is what its fields are, and never changes."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, *fields: object) -> None:
        for name, field in zip(self.__slots__, fields, strict=True):
            object.__setattr__(self, name, field)

    def __setattr__(self, name: str, field: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} never changes")

    def fields(self) -> tuple[object, ...]:
        """Return the fields, in order."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.fields()))

    def __repr__(self) -> str:
        named = zip(self.__slots__, self.fields(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={field!r}' for name, field in named)})"


class SourceRejected(Exception):  # noqa: N818  # not an error: the other sources still stand
    """A file or a folder that is not used; its text finishes the sentence "it ...".

    `why` is a value of `stores.why`; `at` is what is at fault where that isn't the file itself: a
    folder above it, or a link.
    """

    def __init__(self, why: str, detail: str = "", at: str = "", way: str = "") -> None:
        super().__init__(words(why, detail, in_ascii(at), way))
        self.why = why
        self.at = at


class Source(Value):
    """One place that is asked for roots.

    `kind` is "os", "certifi", "explicit", "added", "admin", "anchor" or "vendor"; `label` is what
    a user calls it ("REQUESTS_CA_BUNDLE"); `path` is a file or a folder, or None where the
    operating system itself is asked.
    """

    __slots__ = ("kind", "label", "path")
    kind: str
    label: str
    path: str | None

    def __init__(self, kind: str, label: str, path: str | None) -> None:
        super().__init__(kind, label, path)


class Refusal(Value):
    """What was passed over, and why, in words that finish the sentence "it ...".

    `whole` says that nothing of the source was used; otherwise one file, block or certificate of
    it was left out, and `line` (from 1; 0: none) says where that stands. `reason` is printable
    ASCII, whatever a certificate or a file calls itself. `kind`: a value of `stores.why`. `file`:
    the one in a folder that it is about. `at`: the folder or link that is at fault.
    """

    __slots__ = ("at", "file", "kind", "line", "reason", "source", "whole")
    source: Source
    reason: str
    whole: bool
    line: int
    kind: str
    file: str
    at: str

    def __init__(  # noqa: PLR0913 - each is a part of what was refused
        self,
        source: Source,
        reason: str,
        whole: bool,  # noqa: FBT001  # a field
        line: int = 0,
        kind: str = "",
        *,
        file: str = "",
        at: str = "",
    ) -> None:
        super().__init__(at, file, kind, line, reason, source, whole)

    @property
    def path(self) -> str:
        """The file that was refused."""
        path = self.source.path or ""
        return f"{path.rstrip('/')}/{self.file}" if self.file else path

    def of_all(self) -> Refusal:
        """Return the same as the reason why the source gave nothing at all."""
        source, reason, line, kind = self.source, self.reason, self.line, self.kind
        return Refusal(source, reason, True, line, kind, file=self.file, at=self.at)  # noqa: FBT003  # `whole`
