"""The block in a file that belongs to somebody else: in and out again to the byte."""

from __future__ import annotations

import itertools

import pytest

from spip.errors import SpipError
from spip.hooks.block import with_block, without_block

TEXTS = [b"", b"x", b"x\r", b"x\n", b"x\r\n", b"a\r\nx", b"a\r\nx\r", b"a\nx\r\n", b"\r", b"\n\r"]


@pytest.mark.parametrize("content", TEXTS)
def test_it_goes_as_it_came_whatever_the_end_and_however_often(content: bytes) -> None:
    """A bare carriage return at the end went with the line end that was added."""
    for first, second in itertools.product((False, True), repeat=2):
        once = with_block(content, "line", crlf=first)
        again = with_block(once, "line", crlf=second)
        assert again == once
        assert without_block(again) == content


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_character_is_no_text(encoding: str) -> None:
    content = "\ufeffx\n".encode(encoding)
    assert without_block(with_block(content, "line")) == content
    with pytest.raises(SpipError, match="ends within a character"):
        with_block(content + b"x", "line")
