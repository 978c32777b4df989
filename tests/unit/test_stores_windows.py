"""The store of Windows, from made answers of CryptoAPI and, on Windows, from the real one."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from spip.certificates.pem import certificates
from spip.environment import system
from spip.stores import windows as _windows
from support.authority import Authority
from support.lacking import conceded, in_ci, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = "1.3.6.1.5.5.7.3.1"
MAIL = "1.3.6.1.5.5.7.3.4"

Trust = bool | frozenset[str]
Entry = tuple[bytes, str, Trust]


class Windows:
    """What `ssl` and `winreg` answer: stores by name, last write times by key."""

    def __init__(self) -> None:
        self.stores: dict[str, list[Entry]] = {}
        self.keys: dict[tuple[str, str], int] = {}
        self.within: dict[int, list[int]] = {}  # by a key's time, those of its subkeys

    def module(self, called: str) -> SimpleNamespace:
        """Stand in for the import."""
        if called == "ssl":
            return SimpleNamespace(enum_certificates=self.enumerate)
        assert called == "winreg"
        return SimpleNamespace(
            HKEY_LOCAL_MACHINE="LM",
            HKEY_CURRENT_USER="CU",
            OpenKey=self.open,
            QueryInfoKey=lambda time: (len(self.within.get(time, [0] if time else [])), 0, time),
            EnumKey=lambda time, number: str(self.within.get(time, [0])[number]),
        )

    def enumerate(self, store: str) -> list[Entry]:
        """Stand in for `ssl.enum_certificates`."""
        if store not in self.stores:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return self.stores[store]

    @contextlib.contextmanager
    def open(self, hive: str | int, key: str) -> Iterator[int]:
        """Stand in for `winreg.OpenKey`; a key is its time."""
        if isinstance(hive, int):
            yield int(key)
            return
        if (hive, key) not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        yield self.keys[hive, key]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    made = Windows()
    monkeypatch.setattr(_windows, "_module", made.module)
    return made


@pytest.mark.parametrize(
    ("trust", "roots"),
    [
        (True, [b"root"]),
        (False, []),
        (frozenset({SERVER, MAIL}), [b"root"]),
        (frozenset({MAIL}), []),
        (frozenset(), []),
    ],
)
def test_a_root_is_trusted_for_servers(windows: Windows, trust: Trust, roots: list[bytes]) -> None:
    windows.stores["ROOT"] = [(b"root", "x509_asn", trust)]
    assert list(_windows.roots()) == roots


def test_a_disallowed_certificate_is_no_root(windows: Windows) -> None:
    windows.stores["ROOT"] = [(b"bad", "x509_asn", True), (b"good", "x509_asn", True)]
    windows.stores["Disallowed"] = [(b"bad", "x509_asn", True)]
    assert list(_windows.roots()) == [b"good"]


def test_a_disallowed_certificate_is_distrusted_whatever_source_has_it(windows: Windows) -> None:
    assert list(_windows.distrusted()) == []
    windows.stores["Disallowed"] = [(b"bad", "x509_asn", True), (b"list", "pkcs_7_asn", True)]
    assert list(_windows.distrusted()) == [b"bad"]


def test_a_root_that_is_disabled_for_servers_is_distrusted_whatever_source_has_it(
    windows: Windows,
) -> None:
    """certifi brought it back."""
    mail = frozenset({MAIL})
    windows.stores["ROOT"] = [(b"good", "x509_asn", True), (b"good", "x509_asn", mail)]
    assert not _windows.may_distrust()
    assert list(_windows.distrusted()) == []
    windows.stores["ROOT"] += [(b"limited", "x509_asn", mail)]
    assert _windows.may_distrust()
    assert list(_windows.distrusted()) == [b"limited"]


@pytest.mark.parametrize("hive", ["LM", "CU"])
def test_the_store_is_asked_for_only_where_its_key_holds_something(
    windows: Windows, hive: str
) -> None:
    assert not _windows.may_distrust()
    key = r"SOFTWARE\Policies\Microsoft\SystemCertificates\Disallowed\Certificates"
    windows.keys[hive, key] = 0  # there, and empty
    assert not _windows.may_distrust()
    windows.keys[hive, key] = 1
    assert _windows.may_distrust()


def test_pkcs7_is_passed_over(windows: Windows) -> None:
    windows.stores["ROOT"] = [(b"message", "pkcs_7_asn", True)]
    assert list(_windows.roots()) == []


def test_a_store_that_cannot_be_opened_costs_only_itself(windows: Windows) -> None:
    assert not windows.stores
    assert list(_windows.roots()) == []


def test_a_python_without_ssl_has_no_such_store(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was a traceback, also for `pip list`."""

    def module(called: str) -> SimpleNamespace:
        if called == "ssl":
            raise ImportError("DLL load failed while importing _ssl")
        return windows.module(called)

    monkeypatch.setattr(_windows, "_module", module)
    assert list(_windows.roots()) == []
    assert list(_windows.distrusted()) == []
    assert not _windows.may_distrust()


@pytest.mark.parametrize("store", ["Root", "AuthRoot", "SmartCardRoot"])
def test_each_store_that_the_logical_one_is_made_of_counts(windows: Windows, store: str) -> None:
    before = _windows.inputs()
    windows.keys["LM", rf"SOFTWARE\Microsoft\SystemCertificates\{store}\Certificates"] = 7
    assert _windows.inputs() != before


def test_the_inputs_change_with_the_registry(windows: Windows) -> None:
    assert _windows.inputs() == []
    key = r"SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates"
    windows.keys["LM", key] = 1
    before = _windows.inputs()
    assert before == [rf"HKEY_LOCAL_MACHINE\{key} = 1.0"]
    windows.keys["LM", key] = 2
    assert _windows.inputs() != before


def test_the_inputs_change_when_a_purpose_of_a_root_is_disabled(windows: Windows) -> None:
    """That rewrites a value of the certificate's own key, and leaves the one above as it was."""
    key = r"SOFTWARE\Microsoft\SystemCertificates\Root\Certificates"
    windows.keys["CU", key] = 7
    windows.within[7] = [100, 200]
    before = _windows.inputs()
    windows.within[7] = [100, 300]
    assert _windows.inputs() != before


@pytest.mark.skipif(sys.platform != "win32", reason="asks CryptoAPI of Windows")
def test_this_machine_has_roots() -> None:
    context = ssl.create_default_context(cadata=b"".join(_windows.roots()))
    assert len(context.get_ca_certs()) > 5
    assert _windows.inputs()
    assert _windows.bundle_file() is None


@pytest.mark.skipif(sys.platform != "win32", reason="asks CryptoAPI and the registry of Windows")
def test_this_machine_tells_what_it_distrusts(tmp_path: Path) -> None:
    """Where nobody works, something is put into the store "Disallowed", and taken out again."""
    root = Authority("Example Distrusted CA")
    (tmp_path / "root.cer").write_bytes(root.der)
    if in_ci():
        words = ["certutil", "-user", "-f", "-addstore", "Disallowed", str(tmp_path / "root.cer")]
        subprocess.run(words, check=True, capture_output=True)
    try:
        distrusted = set(_windows.distrusted())
        assert (root.der in distrusted) is in_ci()
        assert not distrusted & set(_windows.roots())
        assert _windows.may_distrust() or not distrusted
    finally:
        if in_ci():
            name = hashlib.sha1(root.der, usedforsecurity=False).hexdigest()
            words = ["certutil", "-user", "-delstore", "Disallowed", name]
            subprocess.run(words, check=False, capture_output=True)


@pytest.mark.skipif(sys.platform != "win32", reason="asks PowerShell of Windows")
def test_what_wsl_is_told_is_what_this_machine_trusts() -> None:
    """The list held what is disallowed, or disabled for servers, and a person was asked for it."""
    if conceded("PowerShell"):
        lacking("no PowerShell: Wine has none", installable=False)
    told = set(certificates(system.windows_roots()))
    assert told
    assert told <= set(_windows.roots()) - set(_windows.distrusted())
