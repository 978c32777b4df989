"""Which certificates become roots of the merged bundle."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from spip import sources, stores
from spip.certificates import formats, openssl_facts
from spip.sources import Refusal
from spip.stores import gather
from spip.stores.bundle import merged
from support import root_kinds as kinds
from support.merging import (
    CERTIFI_ROOT,
    COMPANY,
    LEAF,
    OS_ROOT,
    OTHER,
    OWN,
    PLAIN,
    Machine,
    digest,
    roots,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", ["explicit", "added"])
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (kinds.pem(LEAF), "holds a certificate that signed itself and is no CA's"),
        (kinds.pem(PLAIN), "holds a certificate that signed itself and is no CA's"),
        (kinds.pem(kinds.certificate(days=-1)), "expired on "),
        (kinds.pem(kinds.certificate(purposes=[kinds.CLIENTS])), "is not for servers: CN="),
        (kinds.pem(kinds.certificate(purposes=[kinds.MAIL])), "is not for servers: CN="),
        (kinds.trusted(COMPANY, trust=[kinds.MAIL]), "is not trusted for servers"),
        (kinds.trusted(COMPANY, trust=[]), "is not trusted for servers"),
        (kinds.trusted(COMPANY, reject=[kinds.SERVERS]), "is not trusted for servers"),
        (kinds.trusted(COMPANY, reject=[kinds.ANY]), "is not trusted for servers"),
        (
            kinds.trusted(COMPANY, trust=[kinds.SERVERS], reject=[kinds.SERVERS]),
            "is not trusted for servers",
        ),
        (kinds.block("TRUSTED CERTIFICATE", kinds.der(COMPANY) + b"\x30\x80"), "has purposes that"),
    ],
    ids=range(11),
)
def test_what_may_be_no_root_is_none(machine: Machine, kind: str, made: bytes, words: str) -> None:
    source = machine.source(b"\n" + made + kinds.pem(OTHER), kind)
    bundle = machine.merged(source)
    assert roots(bundle) == [*OWN, kinds.der(OTHER)]
    (refusal,) = bundle.refused
    assert refusal.reason.startswith(words)
    assert (refusal.source, refusal.whole, refusal.line) == (source, False, 2)


@pytest.mark.parametrize(
    "made",
    [
        kinds.pem(kinds.certificate(purposes=[kinds.CLIENTS, kinds.SERVERS])),
        kinds.pem(kinds.certificate(purposes=[kinds.ANY])),
        kinds.trusted(COMPANY),
        kinds.trusted(COMPANY, trust=[kinds.SERVERS], reject=[kinds.MAIL]),
        kinds.trusted(COMPANY, trust=[kinds.ANY]),
        kinds.bag(COMPANY),
        kinds.der(COMPANY),
        kinds.pem(kinds.certificate("2.5.29.37 \x55\x1d\x25")),
    ],
    ids=range(8),
)
def test_what_may_be_a_root_is_one(machine: Machine, made: bytes) -> None:
    bundle = machine.merged(machine.source(made))
    assert len(roots(bundle)) == 3
    assert bundle.refused == ()


def test_what_the_os_and_certifi_have_is_taken_as_it_is(machine: Machine) -> None:
    """Expired ones too, as pip itself does; and another source need not prove it again."""
    old = kinds.certificate("Example Old Root", days=-1)
    machine.write("store.pem", kinds.pem(OS_ROOT, old, LEAF))
    bundle = machine.merged(machine.source(kinds.pem(old)))
    assert kinds.der(old) in roots(bundle)
    assert kinds.der(LEAF) not in roots(bundle)
    assert bundle.extra == ()
    assert [refusal.reason for refusal in bundle.refused] == [
        "holds a certificate that signed itself and is no CA's"
    ]


def test_a_broken_certificate_costs_only_itself(machine: Machine) -> None:
    """One that has the outline of a certificate, and that OpenSSL refuses."""
    empty = b"\x30\x07\x30\x00\x30\x00\x03\x01\x00"
    source = machine.source(
        kinds.pem(COMPANY) + kinds.block("CERTIFICATE", empty) + kinds.pem(OTHER)
    )
    bundle = machine.merged(source)
    assert roots(bundle) == [*OWN, kinds.der(COMPANY), kinds.der(OTHER)]
    line = 1 + kinds.pem(COMPANY).count(b"\n")
    assert bundle.refused == (
        Refusal(source, formats.BROKEN, whole=False, line=line, kind=sources.BROKEN),
    )


def test_thousands_of_broken_ones_are_counted_and_not_listed(machine: Machine) -> None:
    bad = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
    bundle = machine.merged(machine.source(bad * 3000 + kinds.pem(COMPANY)))
    assert roots(bundle) == [*OWN, kinds.der(COMPANY)]
    assert len(bundle.refused) == gather.MOST_TOLD + 1
    assert bundle.refused[-1].reason == "holds 2980 more that are passed over"


def test_what_the_system_distrusts_is_taken_out_of_every_source(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in (kinds.der, lambda made: bytes.fromhex(digest(made))):
        answer = {asked(CERTIFI_ROOT), asked(COMPANY)}
        monkeypatch.setattr(stores.platform, "distrusted", answer.copy, raising=False)
        bundle = merged(
            [*machine.own, machine.source(kinds.pem(COMPANY, CERTIFI_ROOT, OTHER))], None
        )
        assert roots(bundle) == [kinds.der(OS_ROOT), kinds.der(OTHER)]
        assert {refusal.reason.partition(":")[0] for refusal in bundle.refused} == {
            "is distrusted by this system"
        }
        assert len(bundle.refused) == 3


def test_on_debian_a_deselected_root_is_distrusted(machine: Machine) -> None:
    machine.write("offered/mozilla.crt", kinds.pem(CERTIFI_ROOT))
    machine.write("ca-certificates.conf", b"# x\nmozilla.crt\n")
    assert roots(machine.merged()) == OWN
    machine.write("ca-certificates.conf", b"# x\n!mozilla.crt\n!gone.crt\n")
    assert roots(machine.merged()) == OWN[:1]


def test_on_fedora_a_blocklisted_root_is_distrusted(machine: Machine) -> None:
    assert roots(machine.merged()) == OWN
    machine.write("blocklist/bad.crt", kinds.trusted(CERTIFI_ROOT, reject=[kinds.SERVERS]))
    assert roots(machine.merged()) == OWN[:1]


def test_an_object_that_says_distrusted_is(machine: Machine) -> None:
    start = b"[p11-kit-object-v1]\n"
    text = (
        start + b"trusted: true\n" + kinds.pem(OS_ROOT)
        + start + b'label: "x"\nx-distrusted: true\n' + kinds.pem(CERTIFI_ROOT)
    )  # fmt: skip
    machine.write("objects", text)
    assert roots(machine.merged()) == OWN[:1]


def test_without_ssl_the_os_and_certifi_are_merged_and_the_rest_is_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = machine.source(kinds.pem(COMPANY))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ssl", None)
        bundle = machine.merged(extra)
        assert sorted(roots(bundle)) == sorted(OWN)
        assert bundle.refused == (Refusal(extra, gather.NO_SSL, whole=True, kind=sources.NO_SSL),)
    # Another interpreter, which has it, doesn't take over what the first one could do.
    assert len(roots(machine.merged(extra))) == 3


def test_a_field_that_ssl_cannot_put_into_words_costs_no_root(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorities = ssl.SSLContext.get_ca_certs

    def fails(self: ssl.SSLContext, binary_form: bool = False) -> object:  # noqa: FBT001, FBT002
        if not binary_form:
            raise ValueError("no words for that")
        return authorities(self, binary_form=True)

    monkeypatch.setattr(ssl.SSLContext, "get_ca_certs", fails)
    old = kinds.certificate("Example Old Root", days=-1)
    bundle = machine.merged(machine.source(kinds.pem(COMPANY, old)))
    assert sorted(roots(bundle)) == sorted([*OWN, kinds.der(COMPANY)])
    assert bundle.refused[0].reason.startswith("expired on ")


def test_a_truststore_that_was_injected_is_no_obstacle(tmp_path: Path) -> None:
    """Its contexts don't tell what they hold; packages inject it at the start of Python."""
    (tmp_path / "root.pem").write_bytes(kinds.pem(COMPANY))
    program = (
        "import truststore; truststore.inject_into_ssl()\n"
        "from spip.stores import gather; from spip.sources import Source\n"
        f"sources = [Source('explicit', 'X', {str(tmp_path / 'root.pem')!r})]\n"
        "((root,),) = [given.roots for given in gather.gather(sources, 0)]\n"
        f"assert root.sha256 == {digest(COMPANY)!r}"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "error", "-c", program], env=environment, check=True)


def test_more_certificates_than_fit_into_one_store_are_all_judged() -> None:
    many = [
        kinds.der(kinds.certificate("Example", serial=n + 1, ca=n % 3 != 0)) for n in range(300)
    ]
    judged = openssl_facts.judge([*many, b"\x30\x00"])
    assert list(judged.authorities) == [one for n, one in enumerate(many) if n % 3]
    assert judged.unreadable == {b"\x30\x00"}
