"""No password, token or login gets into the log, wherever a command or a URL carries it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip import secrets

# Each with a secret in it, as people write it.
PLACES = [
    ["--index-url", "https://ann:{}@index.corp.example/simple/"],
    ["--index-url=https://ann:{}@index.corp.example:8443/simple/"],
    ["-ihttps://ann:{}@index.corp.example/simple/"],
    ["--extra-index-url", "https://{}@index.corp.example/simple/"],
    ["--index-url", "https://index.corp.example/{}/simple/"],
    ["-ihttps://index.corp.example/{}/simple/"],
    ["-fhttps://index.corp.example/{}/files.html"],
    ["--index-url", "HTTPS://index.corp.example/{}/simple/"],
    ["demo@https://index.corp.example/{}/demo-1-py3-none-any.whl"],
    ["--index-url", "https://index.corp.example/simple/?token={}"],
    ["--index-url", "https://index.corp.example/simple/#{}"],
    ["https://index.corp.example/f/demo-1-py3-none-any.whl?sig={}"],
    ["demo @ https://ann:{}@index.corp.example/demo-1-py3-none-any.whl"],
    ["git+https://{}@git.corp.example/team/demo.git@main"],
    ["git+https://ann:{}@git.corp.example/team/demo.git#egg=demo"],
    ["--proxy", "ann:{}@proxy.corp.example:8080"],
    ["--proxy=ann:{}@proxy.corp.example:8080"],
    ["--proxy=http://ann:{}@proxy.corp.example:8080"],
    ["--trusted-host", "ann:{}@index.corp.example"],
    ["--trusted-host={}@index.corp.example"],
    ["--trusted-h", "{}@index.corp.example"],
    ["--prox", "{}@proxy.corp.example:8080"],
    ["--proxy={}@proxy.corp.example:8080"],
    ["-qqihttps://index.corp.example/{}/simple/"],
    ["-qqigit+https://index.corp.example/{}/simple/"],
    ["-C", "token={}"],
    ["-Ctoken={}"],
    ["--config-settings", "key={}"],
    ["--config-settings=key={}"],
    ["--global-option", "{}"],
    ["--build-option={}"],
    ["--header", "Authorization: Bearer {}"],
    ["--header=Authorization: Basic {}"],
    ["--api-key={}"],
    ["PASSWORD={}"],
]
PASSWORDS = st.text(string.ascii_letters + string.digits + "/?#@:%\\&=+!$'\"<>[]", min_size=5)


def cleaned(place: list[str], secret: str) -> str:
    return " ".join(secrets.words(word.replace("{}", secret) for word in place))


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_no_secret_is_left_of_a_command(place: list[str]) -> None:
    assert "hunter2" not in cleaned(place, "xhunter2x")
    assert "ann" not in cleaned(place, "xhunter2x")


@pytest.mark.parametrize("place", PLACES[:1] + PLACES[12:18], ids=" ".join)
@given(password=PASSWORDS)
def test_whatever_is_in_a_password_its_parts_are_gone(place: list[str], password: str) -> None:
    """Also what belongs quoted into a URL and isn't: pip asks some other host then, or none."""
    secret = f"QZX{password}XZQ"
    assert "XZQ" not in cleaned(place, secret)
    assert "QZX" not in cleaned(place, secret)


@pytest.mark.parametrize("password", ["QZX000:/XZQ", "QZX000://XZQ", "QZX:XZQ", "QZX@/XZQ"])
@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_a_password_that_looks_like_a_part_of_a_url(place: list[str], password: str) -> None:
    """A part of one before a slash was once taken for a scheme, and shown."""
    assert "QZX" not in cleaned(place, password)
    assert "XZQ" not in cleaned(place, password)


def test_a_password_with_a_blank_in_it() -> None:
    said = secrets.words(["--index-url", "https://ann:one two@index.corp.example/simple/"])
    assert said == ["--index-url", "https://index.corp.example/..."]


def test_what_is_no_secret_stays() -> None:
    words = ["install", "-r", "reqs.txt", "demo==1.0", "--no-deps", "-e", "./here", "user@host"]
    assert secrets.words(words) == words


@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://index.corp.example/simple/demo/", "https://index.corp.example/..."),
        ("https://index.corp.example", "https://index.corp.example/"),
        ("https://[::1]:8443/x/demo-1.0.tar.gz#sha256=ab", "https://[::1]:8443/demo-1.0.tar.gz"),
        ("http://index.corp.example:80/demo-1-py3-none-any.whl", None),
        ("file:///home/ann/wheels/demo-1.0.zip", "file://.../demo-1.0.zip"),
        ("nothing of the kind", "..."),
    ],
)
def test_what_is_left_of_a_url(url: str, left: str | None) -> None:
    assert secrets.url(url) == (url if left is None else left)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://ann:secret@host/token/x is gone", "https://host/... is gone"),
        ("Max retries exceeded with url: /token/simple/ (Caused by X)",
         "Max retries exceeded with url: ... (Caused by X)"),
        ("http://ann:secret@proxy:8080", "http://proxy:8080/"),
        ("https://ann:se/cr@t@host/token is gone", "https://... is gone"),
        ("Basic Constraints of CA cert not marked critical", None),
        ("nothing to hide", None),
    ],
)  # fmt: skip
def test_secrets_are_left_out_of_a_sentence(text: str, kept: str | None) -> None:
    assert secrets.text(text) == (text if kept is None else kept)


def test_an_error_of_pips() -> None:
    said = secrets.text(
        "HTTPSConnectionPool(host='index.corp.example', port=443): Max retries exceeded with url: "
        "https://ann:hunter2@index.corp.example/simple/demo/?token=hunter2 (Caused by SSLError)"
    )
    assert "hunter2" not in said
    assert "port=443" in said
    assert "Caused by SSLError" in said


@pytest.mark.parametrize(
    "text",
    [
        "Set-Cookie: session=hunter2; Path=/",
        "Set-Cookie: a=1; Path=/; session=hunter2",
        "set-cookie2 : a=1, b=hunter2",
        "Cookie: a=1; session=hunter2; c=3",
        "cookie=a=1; session=hunter2",
        "{'Set-Cookie': 'a=1; session=hunter2', 'Server': 'x'}",
        '{"Cookie": "session=hunter2"}',
        "{'X-Auth-Token': 'hunter2'}",
        'Authorization: Digest username="ann", response="hunter2"',
        "Proxy-Authorization: Negotiate hunter2",
        "Authorization: token hunter2",
    ],
)
def test_no_header_gives_a_secret_away(text: str) -> None:
    """A header of several cookies lost only the first, a quoted one none, and so did a scheme."""
    said = secrets.text(f"refused with {text}")
    assert "hunter2" not in said
    assert said.startswith("refused with ")


@pytest.mark.parametrize("text", ["cookiecutter 2.6 is there", "authorization is needed"])
def test_a_word_like_a_header_is_none(text: str) -> None:
    assert secrets.text(text) == text


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["-Ckey=hunter2"], ["-C=..."]),
        (["-C", "key=hunter2", "demo"], ["-C", "...", "demo"]),
        (["-C", "-C", "demo"], ["-C", "...", "demo"]),
        (["--install-option", "hunter2"], ["--install-option", "..."]),
        (["--install-option=hunter2"], ["--install-option=..."]),
        (["--global-option=hunter2", "demo"], ["--global-option=...", "demo"]),
        (["--config-settings", "k=hunter2"], ["--config-settings", "..."]),
        (["FILE://ann:hunter2@host/x/hunter2"], ["FILE://.../..."]),
        (["--pro", "ann:hunter2@host"], ["--pro", "...@host"]),
        (["--proxy", "host:80"], ["--proxy", "host:80"]),
    ],
    ids=str,
)
def test_what_an_option_passes_on_is_nobodys_business(words: list[str], left: list[str]) -> None:
    assert secrets.words(words) == left


def test_a_host_that_is_none_is_left_out() -> None:
    """It may be a part of a login, cut where it looked like the end of one."""
    assert secrets.url("https://hunter2!/simple/") == "https://..."
    assert secrets.url("https://[hunter2]/simple/") == "https://..."
    assert secrets.url("https://host:hunter2/simple/") == "https://..."
