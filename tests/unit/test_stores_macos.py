"""The store of macOS, asked through a stand-in for `security` and, on macOS, the real one."""

from __future__ import annotations

import hashlib
import os
import plistlib
import ssl
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from spip.stores import macos

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TLS = bytes.fromhex("2a864886f763640103")
MAIL = bytes.fromhex("2a864886f763640108")

# Prints what lies beside it, as `security` would: a keychain's certificates, a domain's settings.
STAND_IN = """#!{python}
import os, shutil, sys
here = os.path.dirname(os.path.abspath(__file__))
word, *rest = sys.argv[1:]
if word == "find-certificate":
    assert rest[:2] == ["-a", "-p"], rest
    kept = os.path.join(here, os.path.basename(rest[2]))
    if not os.path.exists(kept):
        sys.exit("security: SecKeychainOpen: The specified keychain could not be found.")
    sys.stdout.write(open(kept).read())
else:
    assert word == "trust-settings-export", word
    domain = "admin" if rest[0] == "-d" else "user"
    kept = os.path.join(here, domain + ".plist")
    if not os.path.exists(kept):
        sys.exit("SecTrustSettingsCreateExternalRepresentation: No Trust Settings were found.")
    shutil.copyfile(kept, rest[-1])
"""


DEFAULT_ROOT = "kSecTrustRecordDefaultRootCert"


def key_of(der: bytes) -> str:
    """What settings know a certificate by."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


class Mac:
    """What the stand-in answers from: keychains and settings, made by a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, keychain: str, *pems: bytes) -> None:
        """Put these certificates into the keychain of that file name."""
        (self.folder / keychain).write_bytes(b"".join(pems))

    def settle(self, domain: str, settings: dict[bytes, list[dict[str, Any]] | None]) -> None:
        """Write the settings by certificate; None leaves the list of rules out, as macOS does."""
        self.write(domain, {key_of(der): rules for der, rules in settings.items()})

    def write(self, domain: str, settings: Mapping[str, list[dict[str, Any]] | None]) -> None:
        """Write the settings by what they are known by."""
        listed: dict[str, dict[str, Any]] = {
            key: {} if rules is None else {"trustSettings": rules}
            for key, rules in settings.items()
        }
        content = plistlib.dumps({"trustList": listed, "trustVersion": 1})
        (self.folder / f"{domain}.plist").write_bytes(content)


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mac:
    program = tmp_path / "security"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr(macos, "_SECURITY", str(program))
    return Mac(tmp_path)


needs_a_shebang = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a POSIX script")

ROOT = trustme.CA().cert_pem.bytes()
ROOT_DER = ssl.PEM_cert_to_DER_cert(ROOT.decode())
COMPANY = trustme.CA().cert_pem.bytes()
COMPANY_DER = ssl.PEM_cert_to_DER_cert(COMPANY.decode())

BUILT_IN = "SystemRootCertificates.keychain"
SYSTEM = "System.keychain"
LOGIN = "login.keychain-db"


def rule(result: int | None = None, policy: bytes | None = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = dict(more)
    if result is not None:
        made["kSecTrustSettingsResult"] = result
    if policy is not None:
        made["kSecTrustSettingsPolicy"] = policy
    return made


@needs_a_shebang
def test_the_built_in_roots_are_roots(mac: Mac) -> None:
    mac.keep(BUILT_IN, ROOT)
    assert list(macos.roots()) == [ROOT_DER]


@needs_a_shebang
@pytest.mark.parametrize("keychain", [SYSTEM, LOGIN])
def test_an_added_certificate_is_a_root_only_where_a_setting_says_so(
    mac: Mac, keychain: str
) -> None:
    mac.keep(BUILT_IN, ROOT)
    mac.keep(keychain, COMPANY)
    assert list(macos.roots()) == [ROOT_DER]
    mac.settle("admin", {COMPANY_DER: None})
    assert list(macos.roots()) == [ROOT_DER, COMPANY_DER]


@needs_a_shebang
def test_a_denied_root_is_left_out(mac: Mac) -> None:
    mac.keep(BUILT_IN, ROOT, COMPANY)
    mac.settle("admin", {ROOT_DER: [rule(3, TLS)]})
    assert list(macos.roots()) == [COMPANY_DER]


@needs_a_shebang
def test_what_a_setting_denies_is_distrusted_whatever_source_has_it(mac: Mac) -> None:
    assert list(macos.distrusted()) == []
    mac.settle("admin", {ROOT_DER: [rule(3, TLS)], COMPANY_DER: None})
    mac.settle("user", {COMPANY_DER: [rule(3, MAIL)]})
    (denied,) = macos.distrusted()
    assert denied == hashlib.sha1(ROOT_DER, usedforsecurity=False).digest()


@needs_a_shebang
def test_a_setting_that_denies_every_other_root_denies_those_of_apple(mac: Mac) -> None:
    """It was ignored, so that each of Apple's roots stayed one."""
    mac.keep(BUILT_IN, ROOT, COMPANY)
    settings = {key_of(COMPANY_DER): [rule(1, TLS)], DEFAULT_ROOT: [rule(3, TLS)]}
    mac.write("user", settings)
    assert list(macos.roots()) == [COMPANY_DER]
    assert list(macos.distrusted()) == [bytes.fromhex(key_of(ROOT_DER))]


@needs_a_shebang
def test_a_setting_that_trusts_every_other_root_makes_none(mac: Mac) -> None:
    mac.keep(BUILT_IN, ROOT)
    mac.keep(SYSTEM, COMPANY)
    mac.write("admin", {DEFAULT_ROOT: [rule(1, TLS)]})
    assert list(macos.roots()) == [ROOT_DER]
    assert list(macos.distrusted()) == []


@needs_a_shebang
@pytest.mark.parametrize(
    ("uses", "is_root"),
    [(0xFFFFFFFF, True), (0x08, True), (0x28, True), (0x20, False), (0x01, False)],
)
def test_a_rule_for_uses_of_the_key_that_are_no_roots_says_nothing(
    mac: Mac,
    uses: int,
    is_root: bool,  # noqa: FBT001
) -> None:
    """A certificate that was trusted to sign documents, say, counted as a root."""
    mac.keep(LOGIN, COMPANY)
    mac.settle("user", {COMPANY_DER: [rule(1, TLS, kSecTrustSettingsKeyUsage=uses)]})
    assert list(macos.roots()) == [COMPANY_DER] * is_root


def test_settings_are_asked_for_only_where_somebody_made_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(macos, "_SETTINGS", (str(tmp_path / "Admin.plist"),))
    monkeypatch.setattr(macos, "_VAULT", str(tmp_path / "vault"))
    assert not macos.may_distrust()
    for name in ("Admin.plist", "vault/Admin.plist", "vault/501/TrustSettings.plist"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        assert macos.may_distrust()
        assert str(tmp_path / name) in macos.inputs()
        (tmp_path / name).unlink()


def test_settings_that_can_not_be_seen_are_asked_for_again_before_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Newer systems keep them in a vault; a root that was denied there stayed in every bundle."""

    def listdir(_: str) -> list[str]:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "listdir", listdir)
    seen = []
    for now in (6_000_000, 6_000_599, 6_000_600):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert macos.may_distrust()
        seen.append(macos.inputs())
    assert seen[0] == seen[1] != seen[2]
    assert not any(os.path.isabs(line) for line in seen[0] if line.startswith("trust settings"))


@needs_a_shebang
def test_the_user_stands_above_the_administrator(mac: Mac) -> None:
    mac.keep(SYSTEM, COMPANY)
    mac.settle("admin", {COMPANY_DER: None})
    mac.settle("user", {COMPANY_DER: [rule(3, TLS)]})
    assert list(macos.roots()) == []


@needs_a_shebang
def test_settings_that_are_no_property_list_cost_only_themselves(mac: Mac) -> None:
    mac.keep(BUILT_IN, ROOT)
    (mac.folder / "user.plist").write_bytes(b"<?xml version='1.0'?><plist><dict>")
    (mac.folder / "admin.plist").write_bytes(b"no plist")
    assert list(macos.roots()) == [ROOT_DER]


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], True),
        ([rule()], True),
        ([rule(1, TLS)], True),
        ([rule(2, TLS)], True),
        ([rule(4, TLS)], None),
        ([rule(1, MAIL)], None),
        ([rule(3, MAIL)], None),
        ([rule(3, TLS)], False),
        ([rule(1, MAIL), rule(3, TLS)], False),
        ([rule(1, TLS), rule(3)], False),
        ([rule(1, TLS, kSecTrustSettingsPolicyString="index.corp.example")], None),
        ([rule(1, TLS, kSecTrustSettingsApplication=b"app")], None),
        ([rule(1, TLS, kSecTrustSettingsAllowedError=-2147409654)], True),
    ],
)
def test_rules_decide_for_tls_servers_alone(rules: list[dict[str, Any]], verdict: object) -> None:
    assert macos._verdict(rules) is verdict


def test_a_machine_without_the_program_has_no_roots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(macos, "_SECURITY", str(tmp_path / "gone"))
    assert list(macos.roots()) == []


@pytest.mark.skipif(sys.platform != "darwin", reason="asks the keychains of macOS")
def test_this_machine_has_roots() -> None:
    context = ssl.create_default_context(cadata=b"".join(macos.roots()))
    assert len(context.get_ca_certs()) > 50
    assert macos.inputs()
    assert macos.bundle_file() is None


@pytest.mark.skipif(sys.platform != "darwin", reason="asks the trust settings of macOS")
def test_this_machine_tells_what_it_distrusts() -> None:
    distrusted = set(macos.distrusted())
    assert all(len(digest) == 20 for digest in distrusted)
    roots = {hashlib.sha1(der, usedforsecurity=False).digest() for der in macos.roots()}
    assert not distrusted & roots
