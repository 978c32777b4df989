"""What the tests on Windows share: one Windows, spip in its Pythons, a user with a home."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator

import pytest

from support import wine
from support.authority import Authority, Identity, Sent
from support.index import Index, standard_artifacts
from support.servers import TlsServer
from support.windows import User, Windows, installed

# As certutil -addstore does, which Wine hasn't; without the question that Windows asks a person.
_TRUST = """\
import ctypes, sys
from ctypes import c_char_p, c_void_p, c_wchar_p
crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
crypt32.CertOpenSystemStoreW.restype = c_void_p
crypt32.CertOpenSystemStoreW.argtypes = c_void_p, c_wchar_p
crypt32.CertAddEncodedCertificateToStore.argtypes = (
    c_void_p, ctypes.c_ulong, c_char_p, ctypes.c_ulong, ctypes.c_ulong, c_void_p
)
store = crypt32.CertOpenSystemStoreW(None, sys.argv[1])
der = sys.stdin.buffer.read()
X509, REPLACE = 1, 3
if not crypt32.CertAddEncodedCertificateToStore(store, X509, der, len(der), REPLACE, None):
    raise ctypes.WinError(ctypes.get_last_error())
crypt32.CertCloseStore.argtypes = c_void_p, ctypes.c_ulong
crypt32.CertCloseStore(store, 0)
"""
# A certificate of the user's is a key of the registry.
_FORGET = """\
import sys, winreg
folder = r"Software\\Microsoft\\SystemCertificates\\%s\\Certificates\\%s" % tuple(sys.argv[1:])
winreg.DeleteKey(winreg.HKEY_CURRENT_USER, folder)
"""


@pytest.fixture(scope="session")
def windows() -> Iterator[Windows]:
    """The one Windows of this process."""
    found = Windows()
    yield found
    found.close()


@pytest.fixture
def ann(windows: Windows) -> Iterator[User]:
    """Ann, whose spip is in the newest Python."""
    with windows.home("ann") as home:
        yield User(windows, home, installed(windows, wine.NEWEST))


@pytest.fixture(params=sorted(wine.ARCHIVES))
def each(windows: Windows, request: pytest.FixtureRequest) -> Iterator[User]:
    """The same with the oldest and with the newest Python."""
    with windows.home("ann") as home:
        yield User(windows, home, installed(windows, request.param))


@pytest.fixture(scope="session")
def company(windows: Windows) -> Iterator[Authority]:
    """A root in Windows' store ROOT."""
    yield from _in_store(windows, "ROOT")


@pytest.fixture(scope="session")
def banned(windows: Windows) -> Iterator[Authority]:
    """A root in Windows' store Disallowed."""
    yield from _in_store(windows, "Disallowed")


def _in_store(windows: Windows, store: str) -> Iterator[Authority]:
    """With a name of its own: other processes, and earlier ones, have such a root in there too."""
    authority = Authority(f"Example {store} CA {secrets.token_hex(4)}")
    with windows.home() as home:
        python = wine.python(wine.NEWEST)
        windows.run([python, "-c", _TRUST, store], home, stdin=authority.der).passed()
        yield authority
        name = hashlib.sha1(authority.der, usedforsecurity=False).hexdigest().upper()
        windows.run([python, "-c", _FORGET, store, name], home).passed()


@pytest.fixture
def index(company: Authority) -> Iterator[TlsServer]:
    """The standard index, under the root that Windows trusts.

    With the root in the handshake, since Wine takes a chain without its root for trusted.
    """
    with TlsServer(_issued(company), Index(standard_artifacts())) as server:
        yield server


@pytest.fixture
def strange_index(stranger: Authority) -> Iterator[TlsServer]:
    """The same under the root that nobody trusts."""
    with TlsServer(_issued(stranger), Index(standard_artifacts())) as server:
        yield server


def _issued(authority: Authority) -> Identity:
    return authority.issue(sent=Sent.CHAIN_AND_ROOT)
