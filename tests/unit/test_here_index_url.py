"""An index's address in every spelling: what pip can use, and how a spoilt one is written right."""

from __future__ import annotations

from pathlib import Path

import pytest

from spip.environment.pip_settings import NoIndexError, parse_index_url
from spip.probe.endpoint import Endpoint

WHOLE = "https://index.corp.example/simple/"


@pytest.mark.parametrize(
    "value",
    [
        WHOLE,
        "HTTPS://index.corp.example/simple",
        "http://index.corp.example:8080/root/pypi/+simple/",
    ],
)
def test_an_address_is_a_place(value: str) -> None:
    found = parse_index_url(value)
    assert isinstance(found, Endpoint)
    assert found.spelt == ""


@pytest.mark.parametrize(
    ("value", "letters"),
    [
        (f"{WHOLE}\r", "carriage return"),
        (f"{WHOLE}\n", "line feed"),
        (f"{WHOLE} ", "blanks"),
        (f" {WHOLE}", "blanks"),
        (f"{WHOLE}\t", "tab"),
        (f"{WHOLE}\u200b", "U+200B"),
    ],
    ids=ascii,
)
def test_letters_around_it_travel_to_pip_as_they_are(value: str, letters: str) -> None:
    """Some pips get through with them: pip is asked, and asked for just that."""
    from spip.environment.pip_settings import stray_characters

    found = parse_index_url(value)
    assert isinstance(found, Endpoint)
    assert found.url == value
    assert letters in stray_characters(value)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (f'"{WHOLE}"', WHOLE),
        (f"'{WHOLE}'", WHOLE),
        (f'"{WHOLE}"\r', WHOLE),
        (f"\u201c{WHOLE}\u201d", WHOLE),
        (f"\ufeff{WHOLE}", WHOLE),
        ("index.corp.example/simple/", WHOLE),
        ("//index.corp.example/simple/", ""),
        ("https:/index.corp.example/simple/", WHOLE),
        ("https:index.corp.example/simple/", WHOLE),
        ("htps://index.corp.example/simple/", ""),
        (f"{WHOLE},https://other.corp.example/", ""),
        ("./no-such-folder", ""),
        ('"https://ann:secret@index.corp.example/secret/simple"', "https://index.corp.example/..."),
    ],
    ids=ascii,
)
def test_what_pip_cannot_use_is_refused_with_the_right_spelling(value: str, right: str) -> None:
    found = parse_index_url(value)
    assert isinstance(found, NoIndexError)
    assert found.corrected == right
    assert "secret" not in found.message + found.corrected


def test_a_folder_is_no_error(tmp_path: Path) -> None:
    assert parse_index_url(str(tmp_path)) is None
    assert parse_index_url(tmp_path.as_uri()) is None
