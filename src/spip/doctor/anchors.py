"""A root in an anchors' folder whose own update command passes over the file."""

from __future__ import annotations

import os
import shlex

from spip.doctor.sources import certificates
from spip.ownership import checked_file
from spip.sources import SourceRejected
from spip.stores import contents

# The folder whose command (Debian's, Alpine's) is that choosy; the others read any name and form.
_CHOOSY, _ENDING = "/usr/local/share/ca-certificates", ".crt"


def mends(place: str, der: bytes, update: str) -> tuple[str, dict[str, str]]:
    """Return what stands in the way of a root (DER) in the folder or file `place`.

    ("", {}): nothing does, `update` takes it. Else "der" or "named", and the facts of that variant
    of the cause: the file, and the command after which the store holds it.
    """
    file = _holder(place, der)
    if file is None or not file.startswith(_CHOOSY + "/"):
        return "", {}
    fitting = os.path.splitext(file)[0] + _ENDING
    if not _is_pem(file):
        step = f"openssl x509 -inform der -in {shlex.quote(file)} -out {shlex.quote(fitting)}"
        return "der", {"file": file, "mend": _as_root(step, update)}
    if not file.endswith(_ENDING):
        step = f"mv {shlex.quote(file)} {shlex.quote(fitting)}"
        return "named", {"file": file, "mend": _as_root(step, update)}
    return "", {}


def _as_root(step: str, update: str) -> str:
    sudo = "" if os.name != "nt" and os.geteuid() == 0 else "sudo "
    return f"{sudo}{step} && {sudo}{update}"


def _holder(place: str, der: bytes) -> str | None:
    """Return the file that has the root: `place`, or one below it; a fitting one before others."""
    try:
        names = contents.files(place) if os.path.isdir(place) else [""]
    except (OSError, SourceRejected):
        return None
    files = [os.path.join(place, name) if name else place for name in names]
    holders = [file for file in files if _holds(file, der)]
    return min(
        holders, key=lambda each: not (each.endswith(_ENDING) and _is_pem(each)), default=None
    )


def _holds(file: str, der: bytes) -> bool:
    try:
        return der in certificates(file)
    except SourceRejected:
        return False


def _is_pem(file: str) -> bool:
    try:
        return b"-----BEGIN " in checked_file.content(file, None)
    except SourceRejected:
        return False
