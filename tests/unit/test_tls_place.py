"""A host or a URL, as a user or a configuration writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip.errors import SpipError
from spip.probe.endpoint import parse_endpoint
from spip.text import printable


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("index.corp.example", ("https", "index.corp.example", 443)),
        ("Index.Corp.Example:8443", ("https", "index.corp.example", 8443)),
        ("https://index.corp.example./simple", ("https", "index.corp.example", 443)),
        ("http://localhost", ("http", "localhost", 80)),
        ("https://[::1]:8443/", ("https", "::1", 8443)),
        ("10.0.0.5", ("https", "10.0.0.5", 443)),
        ("https://b\u00fccher.example/", ("https", "xn--bcher-kva.example", 443)),
    ],
)
def test_a_place_is_read(text: str, origin: tuple[str, str, int]) -> None:
    assert parse_endpoint(text).origin == origin


def test_secrets_are_kept_and_never_shown() -> None:
    found = parse_endpoint("https://ann:s%40cret@index.corp.example/token/simple")
    assert (found.login, found.path) == ("ann:s@cret", "/token/simple")
    assert found.shown == "index.corp.example"
    assert "cret" not in repr(found)
    assert "token" not in repr(found)


def test_an_address_is_shown_with_its_brackets() -> None:
    assert parse_endpoint("https://[::1]:8443/").shown == "[::1]:8443"


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_place_or_one_printable_sentence(text: str) -> None:
    refused = _refusal(text)
    if refused is None:
        found = parse_endpoint(text)
        assert found.host.isascii()
        assert found.host.isprintable()
        assert 0 < found.port < 65536
    else:
        assert refused.exit_code == 2
        assert refused.message.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ann:s3cret/word@127.0.0.1:9/simple/", "https://..."),
        ("https://ann:s3cret?word@index.corp.example/", "https://..."),
        ("ann:s3cret/word@index.corp.example", "..."),
        ("https://ann:s3cret@index.corp.example:8o/TOKEN/", "https://index.corp.example:8o"),
        ("https://127.0.0.1:9x/TOKEN/simple/", "https://127.0.0.1:9x"),
        ("https://ann:s3cret@[::1/TOKEN/", "https://[::1"),
        ("https://ann:s3cret\u2100@index.corp.example/", "https://index.corp.example"),
        ("https://ann:s3cret@bad host/TOKEN/", "https://bad host"),
    ],
)
def test_what_is_no_url_is_refused_without_its_secrets(text: str, shown: str) -> None:
    """urllib's own words quote the port, which is the password where its / wasn't escaped."""
    refused = _refusal(text)
    assert refused is not None
    assert refused.message.startswith(f'"{shown}" is no host and no URL: ')
    said = refused.message + refused.hint
    assert not [secret for secret in ("s3cret", "word@", "TOKEN") if secret in said], said


def _refusal(text: str) -> SpipError | None:
    try:
        parse_endpoint(text)
    except SpipError as error:
        return error
    return None


@given(st.text(max_size=400))
def test_printable_text_is_one_line_that_moves_nothing(text: str) -> None:
    shown = printable(text)
    assert all(letter.isprintable() for letter in shown)
    assert len(shown) <= 4 * 120 + 3
