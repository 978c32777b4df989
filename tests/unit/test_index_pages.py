"""An index's page is told from a login form, a page of something else, and an empty answer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from spip.bridge.index_pages import FOREIGN, LOGIN, MISSING, REFUSED, Pages, kind, leads_to_login

HTML, JSON = "text/html; charset=utf-8", "application/vnd.pypi.simple.v1+json"
INDEX = "https://index.corp.example/simple/"
FILE = b'<a href="/files/demo-1.0-py3-none-any.whl#sha256=00">demo-1.0-py3-none-any.whl</a>'
FORM = b'<form><input name="user"><input class="x" type="password" name="p"></form>'


@pytest.mark.parametrize(
    ("status", "media", "body", "project", "meant"),
    [
        (200, HTML, FILE, "demo", ""),
        (200, HTML, FILE, "Demo", ""),
        (200, HTML, b'<a href="../../a/my_demo-1.tar.gz">x</a>', "my.demo", ""),
        (200, "", FILE, "demo", ""),
        (200, JSON, b'{"meta": {}, "files": []}', "demo", ""),
        (200, HTML, b"<h1>Links for demo</h1>", "demo", ""),  # it has no release yet
        (200, HTML, b'<form action="refresh"><input type="submit"></form>' + FILE, "demo", ""),
        (200, HTML, FORM, "demo", LOGIN),
        (200, HTML, FORM + FILE, "demo", LOGIN),
        (200, HTML, b"<a href='/welcome'>Welcome</a>", "demo", FOREIGN),
        (200, HTML, b'<a href="/o/other-1.0.tar.gz">other</a>', "demo", FOREIGN),
        (200, HTML, b'<a href="/o/notdemo-1.0.tar.gz">other</a>', "demo", FOREIGN),
        (200, HTML, b"", "demo", FOREIGN),
        (200, "text/plain", FILE, "demo", FOREIGN),
        (200, "application/json", b'{"error": "no"}', "demo", FOREIGN),
        (200, JSON, b'{"error": "no"}', "demo", FOREIGN),
        (404, HTML, b"", "demo", MISSING),
        (410, HTML, b"", "demo", MISSING),
        (403, HTML, FORM, "demo", REFUSED),
        (503, HTML, b"", "demo", REFUSED),
        (302, HTML, b"", "demo", ""),
        (200, HTML, b'<a href="/simple/demo/">demo</a>', "", ""),
        (200, HTML, b'<a href="demo/">demo/</a>', "", ""),
        (200, HTML, b"<title>Simple index</title>", "", ""),
        (200, JSON, b'{"projects": []}', "", ""),
        (200, HTML, b"<a href='/about'>About us</a>", "", FOREIGN),
        (200, HTML, FORM, "", LOGIN),
    ],
)
def test_what_kind_of_page_it_is(
    status: int, media: str, body: bytes, project: str, meant: str
) -> None:
    assert kind(status, media, body, project) == meant


@pytest.mark.parametrize("where", ["/login", "https://sso.corp.example/", "/users/sign_in?x"])
def test_an_address_of_a_login(where: str) -> None:
    assert leads_to_login(where)
    assert not leads_to_login("/simple/demo/")
    assert not leads_to_login("/simple/authlib/")


def answer(status: int, body: bytes) -> SimpleNamespace:
    return SimpleNamespace(
        status_code=status, reason="R", headers={"Content-Type": HTML}, _content=body
    )


def test_what_an_index_had_nothing_sound_for_is_told_once_pip_has_read_it() -> None:
    pages = Pages([INDEX.rstrip("/")])
    page = answer(200, b"")
    pages.follow(INDEX + "demo/", page, redirected=False)
    page._content = FORM  # pip reads it after the answer has come
    (odd,) = pages.odd()
    assert (odd["url"], odd["project"], odd["kind"]) == (INDEX, "demo", LOGIN)


def test_where_a_redirect_ends_counts_and_for_what_it_was_asked() -> None:
    pages = Pages([INDEX])
    pages.follow(INDEX + "demo/", answer(302, b""), redirected=False)
    pages.follow("https://sso.corp.example/x", answer(200, FORM), redirected=True)
    (odd,) = pages.odd()
    assert (odd["url"], odd["kind"]) == (INDEX, LOGIN)


def test_a_misspelt_project_and_one_that_another_index_has_say_nothing() -> None:
    other = "https://other.corp.example/simple/"
    pages = Pages([INDEX, other])
    pages.follow(INDEX + "demoo/", answer(404, b""), redirected=False)
    pages.follow(INDEX + "demo/", answer(200, FORM), redirected=False)
    pages.follow(other + "demo/", answer(200, FILE), redirected=False)
    pages.follow(INDEX + "demo/x/y", answer(200, FORM), redirected=False)
    assert pages.odd() == []


def test_an_address_that_lacks_its_simple_is_told() -> None:
    pages = Pages(["https://index.corp.example/pypi"])
    pages.follow("https://index.corp.example/pypi/demo/", answer(404, b""), redirected=False)
    assert [each["kind"] for each in pages.odd()] == [MISSING]


def test_a_page_out_of_the_cache_is_told_where_pip_found_nothing_on_it() -> None:
    pages = Pages([INDEX])
    answer = SimpleNamespace(headers={"Date": "Mon, 30 Nov 2026 21:00:00 GMT"})
    pages.keep(INDEX + "my-demo/", answer)
    pages.keep("https://files.corp.example/my-demo-1.0.whl", answer)
    assert pages.odd() == []
    for said in ("No matching distribution found for my_demo==2", "none for My.Demo"):
        assert [each["kind"] for each in pages.kept(said)] == ["kept"]
    for said in ("", "none for other", "none for my-demo-tools", "none for not-my-demo"):
        assert pages.kept(said) == []
