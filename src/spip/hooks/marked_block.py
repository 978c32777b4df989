"""Put one marked block into a file of the user's, and take it out again, to the byte."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.files import decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPEN = ">>> spip hook >>>"
_OPEN_JOINED = ">>> spip hook >>> (the line above had no end)"
_CLOSE = "<<< spip hook <<<"
_COMMENT = r"[ \t]*(?:#|@REM) "
_BLOCK = re.compile(
    rf"^{_COMMENT}{re.escape(_OPEN)}(?P<joined> \(.*?\))?(?P<end>\r?\n)"
    rf"(?:(?!{_COMMENT}{re.escape(_OPEN)}).*\n)*?{_COMMENT}{re.escape(_CLOSE)}[ \t]*(?:\r?\n|\Z)",
    re.MULTILINE,
)


@contextlib.contextmanager
def named(path: str) -> Iterator[None]:
    """Errors of what this module does with a file's content begin with its path."""
    try:
        yield
    except SpipError as error:
        raise SpipError(f"{path} {error.message}", error.hint, error.exit_code) from error


def with_block(
    content: bytes, body: str, *, comment: str = "#", crlf: bool = False, above: str = ""
) -> bytes:
    """`content` with exactly one block that holds `body`, where one was or else at the end.

    `crlf`: the block takes over Windows' line ends where the file has them. `above`: a line of the
    file that the block has to stand above, rather than at the end; SpipError without it, and where
    the file is no whole text.
    """
    text, encoding = decoded(content)
    ends = "\r\n" if crlf and "\r\n" in text else "\n"
    # A letter of UTF-8 may hold what str.splitlines takes for the end of a line, as \u00c5 does.
    inner = _as_latin1(body, encoding).strip("\n").split("\n")
    lines = [f"{comment} {_OPEN}", *inner, f"{comment} {_CLOSE}"]
    first = _find_block(text)
    if first is not None:
        ends = first.group("end")  # what was added to the line above is the same
        joined = bool(first.group("joined"))
        before, after = text[: first.start()], _remove_blocks(text[first.end() :])
    elif above:
        joined = False
        before, after = _split_above(text, above)
    else:
        joined = bool(text) and not text.endswith("\n")
        before, after = text + (ends if joined else ""), ""
    if joined:
        lines[0] = f"{comment} {_OPEN_JOINED}"
    return encoded(before + "".join(line + ends for line in lines) + after, encoding)


def _split_above(text: str, above: str) -> tuple[str, str]:
    line = re.search(rf"^[ \t]*{re.escape(above)}[ \t]*\r?$", text, re.MULTILINE)
    if line is None:
        raise SpipError(f"has no line '{above}'")
    return text[: line.start()], text[line.start() :]


def without_block(content: bytes) -> bytes:
    """`content` as it was before; unchanged where there is no block."""
    text, encoding = decoded(content)
    if _find_block(text) is None:
        return content
    return encoded(_remove_blocks(text), encoding)


def with_block_of(content: bytes, other: bytes) -> bytes:
    """`content` with the block that `other` has, and without one where that has none."""
    text, encoding = decoded(other)
    found = _find_block(text)
    if found is None:
        return without_block(content)
    inner = "\n".join(re.split(r"\r?\n", found[0].rstrip("\r\n"))[1:-1])
    if encoding == "latin-1":
        inner = inner.encode("latin-1").decode("utf-8", "surrogateescape")
    comment = found[0].lstrip().partition(" ")[0]
    return with_block(content, inner, comment=comment, crlf=True)


def has_block(content: bytes) -> bool:
    """Whether there is one."""
    return _find_block(decoded(content)[0]) is not None


def _find_block(text: str) -> re.Match[str] | None:
    found = _BLOCK.search(text)
    if found is None and re.search(rf"^{_COMMENT}{re.escape(_OPEN)}", text, re.MULTILINE):
        raise SpipError(
            f"has the line '# {_OPEN}', but not the one that ends the block",
            "take what is left of the block out by hand",
        )
    return found


def _remove_blocks(text: str) -> str:
    while (found := _find_block(text)) is not None:
        before, after = text[: found.start()], text[found.end() :]
        if found.group("joined") and not after:
            before = before.removesuffix(found.group("end"))
        text = before + after
    return text


def _as_latin1(body: str, encoding: str) -> str:
    if encoding != "latin-1":
        return body
    return body.encode("utf-8", "surrogateescape").decode("latin-1")
