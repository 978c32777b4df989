"""A proxy's URL in every spelling: read as pip reads it, or named with what spoils it."""

from __future__ import annotations

import pytest

from spip.probe.proxy_url import Proxy, ProxyUnreadableError, read_proxy

adapters = pytest.importorskip("pip._vendor.requests.adapters", reason="no pip here")
utils = pytest.importorskip("pip._vendor.requests.utils", reason="no pip here")

# Spellings that pip takes, and what of them is the host, the port and the login.
TAKEN: dict[str, tuple[str, int, str]] = {
    "http://proxy:3128": ("proxy", 3128, ""),
    "HTTP://proxy:3128": ("proxy", 3128, ""),
    "http://proxy:3128/": ("proxy", 3128, ""),
    "http://proxy:3128/proxy.pac": ("proxy", 3128, ""),
    "//proxy:3128": ("proxy", 3128, ""),
    "proxy": ("proxy", 80, ""),
    "proxy.corp.example:3128": ("proxy.corp.example", 3128, ""),
    "10.0.0.1:3128": ("10.0.0.1", 3128, ""),
    "http://proxy": ("proxy", 80, ""),
    "http://proxy:": ("proxy", 80, ""),
    "https://proxy": ("proxy", 443, ""),
    "http://[::1]:3128": ("::1", 3128, ""),
    "http://pr\u00fcfung:3128": ("xn--prfung-4ya", 3128, ""),
    "http://pro_xy:3128": ("pro_xy", 3128, ""),
    "http://ann:pa%23ss%5B1@proxy:3128": ("proxy", 3128, "ann:pa#ss[1"),
    "http://ann:p@ss@proxy:3128": ("proxy", 3128, "ann:p@ss"),
    "http://ann:a:b@proxy:3128": ("proxy", 3128, "ann:a:b"),
    "http://ann:a b@proxy:3128": ("proxy", 3128, "ann:a b"),
    "http://ann:50%@proxy:3128": ("proxy", 3128, "ann:50%"),
    "http://ann:a+b&c=d$@proxy:3128": ("proxy", 3128, "ann:a+b&c=d$"),
    "http://ann:@proxy:3128": ("proxy", 3128, "ann:"),
    "http://token@proxy:3128": ("proxy", 3128, ""),  # without a password nothing is sent
}
# Spellings that no pip of today gets through with, how each is written right, and the letters of
# its login that are to be written otherwise.
SPOILT: dict[str, tuple[str, str]] = {
    "proxy:3128": ("http://proxy:3128", ""),
    "localhost:3128": ("http://localhost:3128", ""),
    "ann:pw@proxy:3128": ("http://USER:PASSWORD@proxy:3128", ""),
    "http:proxy:3128": ("http://proxy:3128", ""),
    "http:/proxy:3128": ("http://proxy:3128", ""),
    "htp://proxy:3128": ("http://proxy:3128", ""),
    '"http://proxy:3128"': ("http://proxy:3128", ""),
    "'http://proxy:3128'": ("http://proxy:3128", ""),
    "\u201chttp://proxy:3128\u201d": ("http://proxy:3128", ""),
    "\ufeffhttp://proxy:3128": ("http://proxy:3128", ""),
    "http://proxy:3128\r": ("http://proxy:3128", ""),
    "http://proxy:3128\n": ("http://proxy:3128", ""),
    "http://proxy:3128\t": ("http://proxy:3128", ""),
    "http://proxy:3128 ": ("http://proxy:3128", ""),
    " http://proxy:3128": ("http://proxy:3128", ""),
    '"http://ann:secret@proxy:3128"\r': ("http://USER:PASSWORD@proxy:3128", ""),
    "http://ann:sec#ret@proxy:3128": ("http://USER:PASSWORD@proxy:3128", "# as %23"),
    "http://ann:sec/ret@proxy:3128": ("http://USER:PASSWORD@proxy:3128", "/ as %2F"),
    "http://ann:sec?ret@proxy:3128": ("http://USER:PASSWORD@proxy:3128", "? as %3F"),
    "http://ann:sec[ret@proxy:3128": ("http://USER:PASSWORD@proxy:3128", "[ as %5B"),
    "http://ann:s#e[cret@proxy:3128": (
        "http://USER:PASSWORD@proxy:3128",
        "# as %23, [ as %5B",
    ),
    "http://ann:s@ec/ret@proxy:3128": (
        "http://USER:PASSWORD@proxy:3128",
        "/ as %2F, @ as %40",
    ),
    "http://corp\\ann:secret@proxy:3128": ("http://USER:PASSWORD@proxy:3128", "\\ as %5C"),
    "http://proxy:99999": ("", ""),
    "http://::1:3128": ("", ""),
    "http://proxy:3128;https=other": ("", ""),
    "http://a:1,http://b:1": ("", ""),
    "http://:3128": ("", ""),
    "http://": ("", ""),
}


def by_pip(url: str) -> tuple[str, int, str]:
    """Return what pip's requests makes of it; an exception of theirs where they stop."""
    whole = utils.prepend_scheme_if_needed(url, "http")
    manager = adapters.HTTPAdapter().proxy_manager_for(whole)
    login = ":".join(utils.get_auth_from_url(whole))
    host = manager.proxy.host.strip("[]")
    return host, manager.proxy.port, "" if login == ":" else login


@pytest.mark.parametrize("url", TAKEN, ids=ascii)
def test_what_pip_takes_is_read_as_pip_reads_it(url: str) -> None:
    proxy = read_proxy(url, "HTTPS_PROXY")
    assert (proxy.host, proxy.port, proxy.login) == TAKEN[url]
    assert by_pip(url) == TAKEN[url]
    assert (proxy.login or "(no login)") not in repr(proxy) + proxy.shown


@pytest.mark.parametrize("url", SPOILT, ids=ascii)
def test_what_spoils_it_is_named_with_the_right_spelling(url: str) -> None:
    with pytest.raises(ProxyUnreadableError) as caught:
        read_proxy(url, "HTTPS_PROXY")
    error = caught.value
    assert (error.corrected, error.letters) == SPOILT[url]
    assert error.named_by == "HTTPS_PROXY"
    said = str(error) + error.corrected + error.letters
    assert "secret" not in said
    assert "ret" not in said.replace("carriage return", "")


@pytest.mark.parametrize("url", [each for each in SPOILT if SPOILT[each][0]], ids=ascii)
def test_the_right_spelling_is_one_that_pip_takes(url: str) -> None:
    right = SPOILT[url][0]
    host = "localhost" if "localhost" in url else "proxy"
    login = "USER:PASSWORD" if "@" in right else ""
    assert by_pip(right) == (host, 3128, login)
    assert read_proxy(right, "x") == Proxy("http", host, 3128, "x", login)
