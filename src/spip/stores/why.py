"""Why a file, a folder or a certificate isn't used: a value each, and the words for it.

What a program does hangs on the value alone. The words finish the sentence "it ...".
"""

from __future__ import annotations

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
