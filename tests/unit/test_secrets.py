"""No password, token or login gets into the log, wherever a command or a URL carries it."""

from __future__ import annotations

import contextlib
import json
import string
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip import cli, redact
from spip.errors import SpipError
from spip.trust.sources_in_force import VARIABLES, explicit

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
    ["--config-s=key={}"],
    ["--conf", "k={}"],
    ["--confi=k={}"],
    ["--global-o", "{}"],
    ["--glob={}"],
    ["--build-o={}"],
    ["--build-op", "{}"],
    ["--install-o", "{}"],
    ["--cert", "https://ann:{}@index.corp.example/ca.pem"],
    ["--client-cert=https://ann:{}@index.corp.example/c.pem"],
    ["--python", "https://ann:{}@index.corp.example/python"],
    ["-rhttps://ann:{}@index.corp.example/reqs.txt"],
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
    return " ".join(redact.words(word.replace("{}", secret) for word in place))


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
    said = redact.words(["--index-url", "https://ann:one two@index.corp.example/simple/"])
    assert said == ["--index-url", "https://index.corp.example/..."]


def test_what_is_no_secret_stays() -> None:
    words = ["install", "-r", "reqs.txt", "demo==1.0", "--no-deps", "-e", "./here", "user@host"]
    assert redact.words(words) == words


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
    assert redact.url(url) == (url if left is None else left)


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
    assert redact.text(text) == (text if kept is None else kept)


def test_an_error_of_pips() -> None:
    said = redact.text(
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
    said = redact.text(f"refused with {text}")
    assert "hunter2" not in said
    assert said.startswith("refused with ")


@pytest.mark.parametrize("text", ["cookiecutter 2.6 is there", "authorization is needed"])
def test_a_word_like_a_header_is_none(text: str) -> None:
    assert redact.text(text) == text


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["-Ckey=hunter2"], ["-C=..."]),
        (["-C", "key=hunter2", "demo"], ["-C", "...", "demo"]),
        (["-Chunter2"], ["-C=..."]),
        (["-Cx"], ["-C=..."]),
        (["--pr", "hunter2@host"], ["--pr", "...@host"]),
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
    assert redact.words(words) == left


def test_a_host_that_is_none_is_left_out() -> None:
    """It may be a part of a login, cut where it looked like the end of one."""
    assert redact.url("https://hunter2!/simple/") == "https://..."
    assert redact.url("https://[hunter2]/simple/") == "https://..."
    assert redact.url("https://host:hunter2/simple/") == "https://..."


# --- a URL where a path belongs

URLS = (
    "https://ann:hunter2@index.corp.example/ca.pem",
    "https://hunter2@index.corp.example",
    "HTTPS://ann:hunter2@index.corp.example:8443/hunter2/ca.pem?hunter2#hunter2",
    "ldaps://ann:hunter2@index.corp.example/cn=ca",
    "s3://ann:hunter2@bucket/ca.pem",
    "https://ann:hun/hunter2@index.corp.example/ca.pem",
    "https://ann:hun@hunter2@index.corp.example/ca.pem",
    "https://ann:my hunter2@index.corp.example/ca.pem",
    "git+ssh://ann:hunter2@index.corp.example/ca",
)


def clean(text: str) -> bool:
    return "hunter2" not in text and "ann" not in text


@pytest.mark.parametrize("value", URLS)
def test_an_error_shows_no_login(value: str) -> None:
    error = SpipError(f"SPIP_PYTHON names {value}, which is gone (looked for {value})", value)
    assert clean(error.message)
    assert clean(error.hint)
    assert "SPIP_PYTHON names " in error.message
    assert clean(redact.path(value))


@pytest.mark.parametrize("value", [url for url in URLS if " " not in url])
def test_no_report_shows_a_login(value: str) -> None:
    said = json.dumps({"a": [value, "more"], "b": f"see {value}; then"}, indent=2)
    cleaned = redact.logins(said)
    assert clean(cleaned)
    told = json.loads(cleaned)
    assert told["a"][1] == "more"
    assert told["b"].endswith("then")


@pytest.mark.parametrize("value", URLS)
@pytest.mark.parametrize("name", VARIABLES)
def test_no_source_is_called_by_a_login(value: str, name: str) -> None:
    """It was kept in a bundle's stamp, and shown by `doctor --json`."""
    sources = list(explicit({name: value}, None)) + list(explicit({}, value))
    assert sources
    assert all(clean(repr(source)) for source in sources)


@pytest.mark.parametrize(
    "value",
    ["/etc/ssl/certs", "./a@b", "C:\\Users\\ann@corp\\ca.pem", "ca.pem", "/a/b:c@d/e", "", "2h"],
)
def test_a_path_stays_a_path(value: str) -> None:
    assert redact.path(value) == value
    assert redact.logins(value) == value
    assert SpipError(f"{value} is gone").message == f"{value} is gone"


def test_a_login_without_a_scheme_is_none() -> None:
    assert redact.path("ann:hunter2@index.corp.example/ca.pem") == "...@index.corp.example/ca.pem"


@pytest.mark.parametrize(
    "argv",
    [
        ["trust", "add", "{}"],
        ["doctor", "--scan", "{}"],
        ["log", "--since", "{}"],
        ["hook", "install", "--venv", "{}"],
        ["hook", "install", "--python", "{}"],
        ["hook", "{}"],
        ["trust", "remove", "{}"],
        ["trust", "{}"],
        ["env", "--shell", "{}"],
        ["doctor", "--html", "{}", "--scan", "."],
        ["trust", "export", "-o", "{}"],
    ],
    ids=" ".join,
)
def test_no_word_shows_a_login(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value = URLS[0]
    monkeypatch.setattr(sys, "argv", ["spip", *(word.replace("{}", value) for word in argv)])
    with contextlib.suppress(SystemExit):
        assert cli.main()
    printed = "".join(capsys.readouterr())
    assert printed
    assert "hunter2" not in printed


def test_no_target_shows_a_login(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["spip", "list"])
    for value in URLS:
        monkeypatch.setenv("SPIP_PYTHON", value)
        assert cli.main() == 1
        assert clean("".join(capsys.readouterr()))


# --- at the edges of each rule


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("odd://place/x", "odd://place/x"),
        ("https://index.corp.example/s3cret", "https://index.corp.example/..."),
        ("https://ann:s3 cret@index.corp.example/x", "https://index.corp.example/..."),
        ("/home/ann/root.pem", "/home/ann/root.pem"),
    ],
)
def test_a_path_is_shown_and_a_url_in_its_place_is_cut(said: str, shown: str) -> None:
    assert redact.path(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("odd:/ann:s3cret@host/x", "odd://..."),
        ("https:/ann:s3cret@index.corp.example/x", "https://index.corp.example/..."),
        ("no login: https://index.corp.example/x", "no login: https://index.corp.example/x"),
    ],
)
def test_a_login_goes_out_of_any_url(said: str, shown: str) -> None:
    assert redact.logins(said) == shown


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["-Cs3cret", "demo"], ["-C=...", "demo"]),
        (["-C", "s3cret", "demo"], ["-C", "...", "demo"]),
        (["--co", "demo"], ["--co", "demo"]),
        (["--con", "s3cret", "demo"], ["--con", "...", "demo"]),
        (["--p", "ann@host"], ["--p", "ann@host"]),
        (["--pr", "ann@host"], ["--pr", "...@host"]),
        (["--proxy", "http://ann:s3cret@host/x"], ["--proxy", "http://host/..."]),
        (["--proxy=http://ann:s3 cret@host/x"], ["--proxy=http://host/..."]),
    ],
)
def test_a_word_is_cut_where_its_option_takes_a_secret(
    arguments: list[str], shown: list[str]
) -> None:
    assert redact.words(arguments) == shown
