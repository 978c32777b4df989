"""What an OpenSSL library says of errors: its reasons (of the part SSL), its verifier's codes."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass

from support.interpreters import distribution_python, interpreters
from support.lacking import lacking

# Of the library that a Python is linked to; the extension module's dependencies are in its reach.
_ASK = """
import ctypes, _ssl, ssl
library = ctypes.CDLL(getattr(_ssl, "__file__", None))
code, reason = library.X509_verify_cert_error_string, library.ERR_reason_error_string
code.restype = reason.restype = ctypes.c_char_p
code.argtypes, reason.argtypes = [ctypes.c_long], [ctypes.c_ulong]
ssl.SSLContext(ssl.PROTOCOL_TLS)
shift = 23 if ssl.OPENSSL_VERSION_INFO[0] >= 3 else 24
print((
    ssl.OPENSSL_VERSION,
    {n: (reason((20 << shift) | n) or b"").decode() for n in range(1, 2000)},
    {n: code(n).decode() for n in range(1, 200)},
))
"""


@dataclass(frozen=True)
class Library:
    """One library. `alerts` are those that the other side sends, by their registered number."""

    version: str
    reasons: dict[int, str]
    codes: dict[int, str]

    @property
    def alerts(self) -> dict[int, str]:
        """Alert N arrives as reason 1000 + N."""
        return {number - 1000: text for number, text in self.reasons.items() if number >= 1000}


def libraries() -> tuple[Library, ...]:
    """Return each that is here once, the newest last."""
    others = [*interpreters().values(), distribution_python()]
    pythons = [sys.executable, *(str(each.path) for each in others if each)]
    asked = [_of(python) for python in dict.fromkeys(pythons)]
    found = {each.version: each for each in asked if each}
    if not found:
        lacking("a Python whose OpenSSL can be asked for its words")
    newest = of_cryptography()
    return (*found.values(), newest)


def of_this_python() -> Library:
    """Return the one of the Python that runs the tests."""
    found = _of(sys.executable)
    if found is None:
        lacking("a Python whose OpenSSL can be asked for its words")
    return found


def of_cryptography() -> Library:
    """Return the one that `cryptography` brings."""
    from cryptography.hazmat.bindings.openssl.binding import Binding

    lib, ffi = Binding().lib, Binding().ffi
    lib.SSL_CTX_new(lib.TLS_method())  # which loads the words

    def said(text: object) -> str:
        return "" if text == ffi.NULL else str(ffi.string(text).decode("ascii"))

    return _library(
        said(lib.OpenSSL_version(0)),
        {n: said(lib.ERR_reason_error_string((20 << 23) | n)) for n in range(1, 2000)},
        {n: said(lib.X509_verify_cert_error_string(n)) for n in range(1, 200)},
    )


def _of(python: str) -> Library | None:
    done = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=False)
    return _library(*ast.literal_eval(done.stdout)) if done.returncode == 0 else None


def _library(version: str, reasons: dict[int, str], codes: dict[int, str]) -> Library:
    none = ("", "unknown certificate verification error")
    said = {n: text for n, text in codes.items() if text not in none}
    said = {n: text for n, text in said.items() if not text.startswith("error number")}
    return Library(version, {n: text for n, text in reasons.items() if text}, said)
