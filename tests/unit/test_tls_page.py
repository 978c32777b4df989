"""An answer ends where it says so, and says by which logins a server or a proxy lets people in."""

from __future__ import annotations

import pytest

from spip.probe import http


class Talk:
    """A connection that stays open: who reads on, waits for ever."""

    def __init__(self, *pieces: bytes, closes: bool = False) -> None:
        self.pieces: list[bytes] = [*pieces, *([b""] if closes else ())]
        self.heard = b""

    def send(self, data: bytes) -> None:
        """Hear it."""
        self.heard += data

    def receive(self) -> bytes:
        """Return the next piece; nothing at all at the end."""
        if not self.pieces:
            raise TimeoutError("nothing more comes")
        return self.pieces.pop(0)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ((HEAD + b"Content-Length: 2\r\n\r\nok",), b"ok"),
        ((HEAD + b"content-length:2\r\n\r", b"\no", b"k"), b"ok"),
        ((HEAD + b"Content-Length: 0\r\n\r\n",), b""),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\n\r\n"), b"ok"),
        ((HEAD.replace(b"200 OK", b"204 Nothing") + b"\r\n",), b""),
    ],
)
def test_a_connection_that_stays_open_is_no_silence(pieces: tuple[bytes, ...], body: bytes) -> None:
    """It became a timeout, though the whole answer had come."""
    answer = http.ask(Talk(*pieces), "GET", "/", {})
    assert answer.body == body


def test_without_a_length_the_end_of_the_connection_is_the_end() -> None:
    assert http.ask(Talk(HEAD + b"\r\n", b"o", b"k", closes=True), "GET", "/", {}).body == b"ok"
    with pytest.raises(TimeoutError):
        http.ask(Talk(HEAD + b"Content-Length: 3\r\n\r\nok"), "GET", "/", {})


@pytest.mark.parametrize(
    ("fields", "logins"),
    [
        (['Negotiate, NTLM, Basic realm="a, b", charset="UTF-8"'], ("Negotiate", "NTLM", "Basic")),
        (["Negotiate", "NTLM", 'Basic realm="x"'], ("Negotiate", "NTLM", "Basic")),
        (["Negotiate YIIabc==, Digest realm=x,nonce=y"], ("Negotiate", "Digest")),
        (['Basic realm="', ""], ("Basic",)),
        ([", ,"], ()),
    ],
)
def test_every_login_that_is_offered_is_known(fields: list[str], logins: tuple[str, ...]) -> None:
    """Of several in one line only the first was, and Basic beside NTLM seemed to need a helper."""
    lines = "".join(f"Proxy-Authenticate: {field}\r\n" for field in fields).encode()
    said = b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n" + lines + b"\r\n"
    assert http.ask(Talk(said), "CONNECT", "/", {}).logins == logins
