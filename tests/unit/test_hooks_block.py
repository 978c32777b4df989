"""The block in a file that belongs to somebody else: in and out again to the byte."""

from __future__ import annotations

import itertools

import pytest

from spip.errors import SpipError
from spip.hooks.marked_block import has_block, named, with_block, with_block_of, without_block

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


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("below", [b"alias ll='ls -l'\n", b"\n", b"x"])
def test_what_the_user_wrote_below_stays_on_a_line_of_its_own(end: bytes, below: bytes) -> None:
    """Where the file had no end of line, the one that was added belongs to the user's line now."""
    content = b"first" + end + b"last"
    kept = with_block(content, "line", crlf=True) + below
    assert without_block(kept) == content + end + below
    assert with_block(kept, "line", crlf=True) == kept
    assert without_block(with_block(kept, "another", crlf=True)) == content + end + below


def test_a_block_that_has_no_end_is_left_to_its_owner() -> None:
    content = with_block(b"x\n", "line")
    for cut in (content[: content.rindex(b"#")], content.replace(b"<<<", b"<<")):
        for act in (without_block, has_block, lambda text: with_block(text, "line")):
            with pytest.raises(SpipError, match="but not the one that ends the block") as refused:
                act(cut)
            assert refused.value.hint == "take what is left of the block out by hand"


def test_every_block_goes_and_one_comes_back() -> None:
    one = with_block(b"", "line")
    assert has_block(one)
    assert not has_block(b"# nothing\n")
    twice = b"a\n" + one + b"b\n" + one + b"c\n"
    assert without_block(twice) == b"a\nb\nc\n"
    assert with_block(twice, "line") == b"a\n" + one + b"b\nc\n"


def test_it_stands_above_the_line_that_it_has_to() -> None:
    made = with_block(
        b"@echo off\r\n  goto end\r\nrest\r\n", "line", comment="@REM", above="goto end"
    )
    assert made.startswith(b"@echo off\r\n@REM >>> spip hook >>>\n")
    assert made.endswith(b"<<< spip hook <<<\n  goto end\r\nrest\r\n")
    with pytest.raises(SpipError, match="has no line 'goto end'"):
        with_block(b"goto ending\n", "line", above="goto end")
    with pytest.raises(SpipError, match="has no line 'goto end'"):
        with_block(b"x goto end\n", "line", above="goto end")


# --- a file that is put back keeps the hook that came or went since


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("comment", ["#", "@REM"])
def test_the_block_of_another_text_is_taken_over_line_by_line(end: bytes, comment: str) -> None:
    body = "first\n# \u00e9, \u00c5\nlast"
    now = with_block(b"now" + end, body, comment=comment, crlf=True)
    old = b"old" + end + b"text" + end
    assert with_block_of(old, now) == with_block(old, body, comment=comment, crlf=True)
    assert without_block(with_block_of(old, now)) == old


def test_the_block_goes_where_the_other_text_has_none() -> None:
    old = with_block(b"old\n", "line")
    assert with_block_of(old, b"now\n") == b"old\n"
    assert with_block_of(b"old\n", b"now\n") == b"old\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_it_is_written_as_the_text_that_takes_it(encoding: str) -> None:
    wide = "\ufeffold\n".encode(encoding)
    narrow = with_block(b"now\n", "\u00e9")
    assert with_block_of(wide, narrow) == with_block(wide, "\u00e9")
    assert with_block_of(b"old\n", with_block(wide, "\u00e9")) == with_block(b"old\n", "\u00e9")


def test_a_letter_is_written_in_utf_8_and_a_byte_that_is_none_stays() -> None:
    assert b"\xc3\xa9\n" in with_block(b"x\n", "\u00e9")
    assert b"\n/home/\xff\n" in with_block(b"x\n", "/home/\udcff")
    assert "\u00e9\n".encode("utf-16-le") in with_block("\ufeffx\n".encode("utf-16-le"), "\u00e9")


def test_lines_end_as_unix_has_them_unless_it_is_asked_for() -> None:
    assert b"\nline\n" in with_block(b"x\r\n", "line")
    assert b"\r\nline\r\n" in with_block(b"x\r\n", "line", crlf=True)
    assert with_block(b"x\n", "\nline\n\n") == with_block(b"x\n", "line")


def test_a_file_that_ends_keeps_its_end_and_one_that_does_not_is_marked() -> None:
    assert b"had no end" not in with_block(b"x\n", "line")
    assert b"had no end" not in with_block(b"", "line")
    assert b"had no end" in with_block(b"x", "line")


def test_an_error_begins_with_the_path() -> None:
    with (
        pytest.raises(SpipError, match="/home/ann/x ends") as caught,
        named("/home/ann/x"),
    ):
        raise SpipError("ends within a character", "save it anew", 2)
    assert (caught.value.hint, caught.value.exit_code) == ("save it anew", 2)
