"""The merged bundle: what is in it, and when it is built anew."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from spip import stores
from spip.stores import build, contents, distrust, gather, kept, read, renewal, stamp
from spip.stores.bundle import Bundle, merged
from spip.stores.certificate import judge
from spip.stores.source import Refusal, Source, printable
from support import root_kinds as kinds

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

OS_ROOT = kinds.certificate("Example OS Root")
CERTIFI_ROOT = kinds.certificate("Example certifi Root")
COMPANY = kinds.certificate("Example Company Root", organisation="Example")
OTHER = kinds.certificate("Example Other Root")


class Machine:
    """An OS store and certifi with one root each (certifi has the OS's too), and a cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.cache = str(folder / "cache")
        self.store = self.write("store.pem", kinds.pem(OS_ROOT))
        self.certifi = self.write("cacert.pem", kinds.pem(OS_ROOT, CERTIFI_ROOT))
        self.own = [Source("os", "OS store", None), Source("certifi", "certifi 1", self.certifi)]
        monkeypatch.setattr(
            stores, "roots", lambda: (b.der for b in read.read(self.read(self.store)).blocks)
        )
        monkeypatch.setattr(stores, "inputs", lambda: [self.store])
        monkeypatch.setattr(distrust, "DESELECTED", str(folder / "ca-certificates.conf"))
        monkeypatch.setattr(distrust, "OFFERED", str(folder / "offered"))
        monkeypatch.setattr(distrust, "BLOCKED", (str(folder / "blocklist"),))
        monkeypatch.setattr(distrust, "OBJECTS", (str(folder / "objects"),))
        monkeypatch.setattr(time, "time", self.now)
        self.later = 60.0  # past the tick within which files can't be told apart

    def now(self) -> float:
        """Return the time, in seconds."""
        return time.time_ns() / 1e9 + self.later

    def write(self, name: str, content: bytes) -> str:
        """Write a file of this machine's; return its path."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def read(self, path: str) -> bytes:
        """Return what is in a file."""
        with open(path, "rb") as file:
            return file.read()

    def source(self, content: bytes, kind: str = "explicit") -> Source:
        """Write the file that a variable names."""
        return Source(kind, "CA_VARIABLE", self.write("extra.pem", content))

    def merged(self, *sources: Source) -> Bundle:
        """Merge the machine's own sources and these."""
        return merged([*self.own, *sources], self.cache)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def roots(bundle: Bundle) -> list[bytes]:
    with open(bundle.path, "rb") as file:
        return [block.der for block in read.read(file.read()).blocks]


def digest(made: x509.Certificate) -> str:
    return hashlib.sha256(kinds.der(made)).hexdigest()


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
OWN = [kinds.der(OS_ROOT), kinds.der(CERTIFI_ROOT)]


def test_the_os_comes_first_then_certifi_then_the_rest_each_once(machine: Machine) -> None:
    extra = machine.source(kinds.pem(COMPANY, CERTIFI_ROOT, OS_ROOT, COMPANY))
    bundle = machine.merged(extra)
    assert roots(bundle) == [*OWN, kinds.der(COMPANY)]
    assert bundle.extra == (digest(COMPANY),)
    assert bundle.refused == ()
    assert bundle.temporary is None
    assert os.path.dirname(bundle.path) == machine.cache


def test_openssl_takes_it(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=bundle.path)
    assert context.cert_store_stats() == {"x509": 3, "crl": 0, "x509_ca": 3}
    with open(bundle.path, encoding="ascii") as file:
        context.load_verify_locations(cadata=file.read())


def test_above_each_certificate_stands_who_it_is_and_where_it_comes_from(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    text = machine.read(bundle.path).decode("ascii")
    assert text.startswith("# spip merged bundle")
    assert (
        "\n# CN=Example Company Root, O=Example\n"
        f"# SHA-256 {digest(COMPANY)}\n"
        "# from CA_VARIABLE\n"
        "-----BEGIN CERTIFICATE-----\n"
    ) in text
    assert f"# SHA-256 {digest(OS_ROOT)}\n# from OS store\n" in text
    assert f"# SHA-256 {digest(CERTIFI_ROOT)}\n# from certifi 1\n" in text


def test_what_a_hostile_certificate_calls_itself_does_nothing(machine: Machine) -> None:
    name = "x\n-----BEGIN CERTIFICATE-----\r\x1b]0;y\x07\u202e\u0430"
    bundle = machine.merged(
        Source("explicit", "a\nb", machine.write("e.pem", kinds.pem(kinds.certificate(name))))
    )
    text = machine.read(bundle.path)
    assert text.count(b"-----BEGIN") == 3
    assert rb"# CN=x\n----\x2dBEGIN CERTIFICATE----\x2d\r\x1b]0;y\x07\u202e\u0430" in text
    assert rb"# from a\nb" in text


@pytest.mark.parametrize("text", ["", "plain", "x" * 500, "\u202e" * 500, "-" * 500, "a\tb\x7f"])
def test_what_is_shown_is_one_short_line_of_ascii(text: str) -> None:
    shown = printable(text)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 200
    assert "-----" not in shown


def test_the_same_inputs_give_the_same_bytes(machine: Machine) -> None:
    extra = machine.source(kinds.pem(COMPANY, OTHER))
    first = machine.read(machine.merged(extra).path)
    machine.later += 10_000_000
    machine.write("extra.pem", kinds.pem(OTHER, COMPANY))
    assert machine.read(merged([*machine.own, extra], str(machine.folder / "2")).path) == first


def test_an_unchanged_bundle_is_not_built_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Source("explicit", "GONE", str(machine.folder / "gone"))
    sources = (machine.source(kinds.pem(COMPANY, kinds.certificate(ca=False))), missing)
    built = machine.merged(*sources)
    monkeypatch.delattr(build, "bundle")
    again = machine.merged(*sources)
    assert again == built
    assert again.extra == (digest(COMPANY),)
    assert [refusal.reason for refusal in again.refused] == [
        "holds a certificate that is no CA's",
        "does not exist",
    ]


@pytest.mark.parametrize("name", ["store.pem", "cacert.pem", "extra.pem"])
@pytest.mark.parametrize("change", ["content", "time", "gone", pytest.param("mode", marks=posix)])
def test_every_change_of_an_input_is_noticed(machine: Machine, name: str, change: str) -> None:
    extra = machine.source(kinds.pem(COMPANY))
    machine.merged(extra)
    path = machine.folder / name
    if change == "content":
        machine.write(name, kinds.pem(OTHER))
        assert kinds.der(OTHER) in roots(machine.merged(extra))
        return
    if change == "time":
        os.utime(path, (1, 1))
    elif change == "gone" and name != "store.pem":
        path.unlink()
    else:
        path.chmod(0o600)
    before = stamp.bundle_path([*machine.own, extra], machine.cache)
    assert kept.read(before, [*machine.own, extra]) is None


def test_a_root_that_was_removed_is_gone(machine: Machine) -> None:
    extra = machine.source(kinds.pem(COMPANY, OTHER))
    assert kinds.der(COMPANY) in roots(machine.merged(extra))
    machine.source(kinds.pem(OTHER))
    assert roots(machine.merged(extra)) == [*OWN, kinds.der(OTHER)]


def test_the_bundle_is_never_its_own_source(machine: Machine) -> None:
    """Not by its first line, under whatever name, nor by its name where it is gone."""
    extra = machine.source(kinds.pem(COMPANY))
    bundle = machine.merged(extra)
    copy = machine.write("copy.pem", machine.read(bundle.path))
    folder = machine.folder / "certs"
    machine.write("certs/own.pem", machine.read(bundle.path))
    for path in (bundle.path, copy, str(folder), bundle.path + "gone"):
        found = machine.merged(Source("explicit", "SSL_CERT_FILE", path))
        assert roots(found) == OWN
        assert found.refused == ()


def test_what_was_exported_is_a_source_like_any_other(machine: Machine) -> None:
    text = build.exported([*machine.own, machine.source(kinds.pem(COMPANY))])
    exported = Source("explicit", "SSL_CERT_FILE", machine.write("exported.pem", text))
    assert roots(machine.merged(exported)) == [*OWN, kinds.der(COMPANY)]


def test_different_lists_lie_beside_each_other(machine: Machine) -> None:
    extra = machine.source(kinds.pem(COMPANY))
    with_it, without = machine.merged(extra), machine.merged()
    assert with_it.path != without.path
    assert roots(without) == OWN
    assert machine.merged(extra) == with_it


def test_files_written_just_now_are_looked_at_again_once(machine: Machine) -> None:
    """Two writes within one tick of the filesystem's clock leave the same size and time."""
    extra = machine.source(kinds.pem(COMPANY))
    machine.later = 0
    path = machine.merged(extra).path
    assert kept.read(path, [*machine.own, extra]) is not None
    machine.later = 4
    assert kept.read(path, [*machine.own, extra]) is None
    machine.merged(extra)
    machine.later = 4000
    assert kept.read(path, [*machine.own, extra]) is not None


def test_an_expiry_makes_a_bundle_stale_and_the_root_goes(machine: Machine) -> None:
    ends = kinds.certificate("Example Short Root", days=1)
    extra = machine.source(kinds.pem(ends, COMPANY))
    assert roots(machine.merged(extra)) == [*OWN, kinds.der(COMPANY), kinds.der(ends)]
    machine.later = 2 * 86400
    late = machine.merged(extra)
    assert roots(late) == [*OWN, kinds.der(COMPANY)]
    ((reason),) = [refusal.reason for refusal in late.refused]
    assert reason.startswith("expired on 20")
    assert reason.endswith(": CN=Example Short Root")


def test_a_clock_that_was_set_back_makes_a_bundle_stale(machine: Machine) -> None:
    extra = machine.source(kinds.pem(kinds.certificate("Example Short Root", days=1)))
    machine.later = 365 * 86400
    assert roots(machine.merged(extra)) == OWN
    machine.later = 60
    assert len(roots(machine.merged(extra))) == 3


LEAF = kinds.certificate("index.corp.example", ca=False)
PLAIN = kinds.certificate("plain.corp.example", ca=None)


@pytest.mark.parametrize("kind", ["explicit", "added"])
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (kinds.pem(LEAF), "holds a certificate that is no CA's"),
        (kinds.pem(PLAIN), "holds a certificate that is no CA's"),
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
    assert [refusal.reason for refusal in bundle.refused] == ["holds a certificate that is no CA's"]


def test_a_broken_certificate_costs_only_itself(machine: Machine) -> None:
    """One that has the outline of a certificate, and that OpenSSL refuses."""
    empty = b"\x30\x07\x30\x00\x30\x00\x03\x01\x00"
    source = machine.source(
        kinds.pem(COMPANY) + kinds.block("CERTIFICATE", empty) + kinds.pem(OTHER)
    )
    bundle = machine.merged(source)
    assert roots(bundle) == [*OWN, kinds.der(COMPANY), kinds.der(OTHER)]
    line = 1 + kinds.pem(COMPANY).count(b"\n")
    assert bundle.refused == (Refusal(source, read.BROKEN, whole=False, line=line),)


def test_thousands_of_broken_ones_are_counted_and_not_listed(machine: Machine) -> None:
    bad = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
    bundle = machine.merged(machine.source(bad * 3000 + kinds.pem(COMPANY)))
    assert roots(bundle) == [*OWN, kinds.der(COMPANY)]
    assert len(bundle.refused) == gather.MOST_TOLD + 1
    assert bundle.refused[-1].reason == "holds 2980 more that are passed over"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty"]),
        (b"hello\n", ["is no certificate", "holds no certificate"]),
        (kinds.key_pem(), ["holds a private key, which is not read", "holds no certificate"]),
    ],
)
def test_a_source_without_a_certificate_is_passed_over_as_a_whole(
    machine: Machine, content: bytes, words: list[str]
) -> None:
    bundle = machine.merged(machine.source(content))
    assert roots(bundle) == OWN
    assert [refusal.reason for refusal in bundle.refused] == words
    assert bundle.refused[-1].whole


def test_a_private_key_is_never_copied(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY) + kinds.key_pem()))
    assert b"PRIVATE" not in machine.read(bundle.path)
    assert [refusal.reason for refusal in bundle.refused] == [read.KEY]


def test_a_source_that_fails_leaves_the_others_standing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(stores, "roots", fails)
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    assert sorted(roots(bundle)) == sorted([*OWN, kinds.der(COMPANY)])
    (refusal,) = bundle.refused
    assert refusal == Refusal(machine.own[0], "can't be read (Input/output error)", whole=True)


def test_a_relative_path_is_never_opened(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.source(kinds.pem(COMPANY))
    monkeypatch.chdir(machine.folder)
    bundle = machine.merged(Source("explicit", "PIP_CERT", "extra.pem"))
    assert roots(bundle) == OWN
    assert bundle.refused[0].reason == "is not an absolute path"


@posix
def test_a_file_that_others_may_write_is_refused_until_it_is_mended(machine: Machine) -> None:
    source = machine.source(kinds.pem(COMPANY))
    (machine.folder / "extra.pem").chmod(0o666)
    bundle = machine.merged(source)
    assert roots(bundle) == OWN
    assert bundle.refused == (Refusal(source, "is writable by others", whole=True),)
    (machine.folder / "extra.pem").chmod(0o644)
    assert len(roots(machine.merged(source))) == 3


@posix
def test_a_folder_that_others_may_write_to_is_noticed_though_the_file_stays(
    machine: Machine,
) -> None:
    path = machine.write("sub/extra.pem", kinds.pem(COMPANY))
    source = Source("explicit", "CA_VARIABLE", path)
    assert len(roots(machine.merged(source))) == 3
    (machine.folder / "sub").chmod(0o777)
    assert roots(machine.merged(source)) == OWN
    (machine.folder / "sub").chmod(0o755)
    assert len(roots(machine.merged(source))) == 3


@posix
@pytest.mark.parametrize("kind", ["admin", "anchor", "vendor"])
def test_what_an_administrator_should_have_written_is_judged_so(
    machine: Machine, kind: str
) -> None:
    """Below /tmp nothing is an administrator's, whoever runs this test."""
    bundle = machine.merged(machine.source(kinds.pem(COMPANY), kind))
    assert roots(bundle) == OWN
    (refusal,) = bundle.refused
    assert "belongs to " in refusal.reason or "is writable by others" in refusal.reason


def test_a_folder_of_files_is_read_file_by_file(machine: Machine) -> None:
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.write("certs/two.crt", kinds.der(OTHER))
    machine.write("certs/README", b"hello")
    machine.write("certs/bad.pem", b"hello")
    machine.write("certs/root.pem~", kinds.pem(kinds.certificate("Example Backup")))
    machine.write("certs/.hidden", kinds.pem(kinds.certificate("Example Hidden")))
    machine.write("certs/loose.pem", b"")
    (machine.folder / "certs" / "sub").mkdir()
    machine.write("certs/sub/three.pem", kinds.pem(LEAF))
    bundle = machine.merged(Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs")))
    assert roots(bundle) == [*OWN, kinds.der(COMPANY), kinds.der(OTHER)]
    assert sorted((refusal.reason, refusal.whole) for refusal in bundle.refused) == [
        ("holds bad.pem, which is no certificate", False),
        ("holds loose.pem, which is empty", False),
        ("holds sub/three.pem, which holds a certificate that is no CA's", False),
    ]


@posix
def test_of_a_hashed_folder_openssls_names_count(machine: Machine) -> None:
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.write("certs/other.pem", kinds.pem(OTHER))
    (machine.folder / "certs" / "0a1b2c3d.0").symlink_to("one.pem")
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    assert roots(machine.merged(source)) == [*OWN, kinds.der(COMPANY)]
    (machine.folder / "certs" / "0a1b2c3e.12").symlink_to("other.pem")
    assert len(roots(machine.merged(source))) == 4


def test_a_change_within_a_folder_is_noticed(machine: Machine) -> None:
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    machine.write("certs/one.pem", kinds.pem(COMPANY))
    machine.merged(source)
    machine.write("certs/one.pem", kinds.pem(OTHER))
    assert roots(machine.merged(source)) == [*OWN, kinds.der(OTHER)]


def test_an_empty_folder_is_passed_over(machine: Machine) -> None:
    (machine.folder / "certs").mkdir()
    source = Source("explicit", "SSL_CERT_DIR", str(machine.folder / "certs"))
    assert machine.merged(source).refused == (Refusal(source, contents.NOTHING, whole=True),)


def test_a_folder_of_100000_files_is_refused_at_once(machine: Machine) -> None:
    folder = machine.folder / "many"
    folder.mkdir()
    for number in range(100_000):
        os.close(os.open(folder / f"{number}.pem", os.O_CREAT | os.O_WRONLY))
    source = Source("explicit", "SSL_CERT_DIR", str(folder))
    began = time.perf_counter()
    bundle = machine.merged(source)
    assert time.perf_counter() - began < 5
    assert bundle.refused == (Refusal(source, "holds more than 20000 files", whole=True),)


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


def test_renewal_takes_a_removed_root_out_of_every_bundle(machine: Machine) -> None:
    """A shell that evaluated `spip env` names a bundle that no run looks at again."""
    extra = machine.source(kinds.pem(COMPANY))
    other = Source("explicit", "PIP_CERT", machine.write("other.pem", kinds.pem(OTHER)))
    bundles = [machine.merged(extra), machine.merged(extra, other), machine.merged(other)]
    machine.source(b"")
    renewal.renew(machine.cache)
    assert [len(roots(bundle)) for bundle in bundles] == [2, 3, 3]


def test_a_bundle_that_cannot_be_renewed_is_removed(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    os.unlink(kept.beside(bundle.path))
    renewal.renew(machine.cache)
    assert not os.path.exists(bundle.path)


def test_without_ssl_the_os_and_certifi_are_merged_and_the_rest_is_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = machine.source(kinds.pem(COMPANY))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ssl", None)
        bundle = machine.merged(extra)
        assert sorted(roots(bundle)) == sorted(OWN)
        assert bundle.refused == (Refusal(extra, gather.NO_SSL, whole=True),)
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
        "from spip.stores import build; from spip.stores.source import Source\n"
        f"text = build.exported([Source('explicit', 'X', {str(tmp_path / 'root.pem')!r})])\n"
        f"assert {digest(COMPANY)!r} in text.decode(), text"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "error", "-c", program], env=environment, check=True)


def test_more_certificates_than_fit_into_one_store_are_all_judged() -> None:
    many = [
        kinds.der(kinds.certificate("Example", serial=n + 1, ca=n % 3 != 0)) for n in range(300)
    ]
    judged = judge.judge([*many, b"\x30\x00"])
    assert list(judged.authorities) == [one for n, one in enumerate(many) if n % 3]
    assert judged.unreadable == {b"\x30\x00"}


@pytest.mark.skipif(
    not hasattr(os, "getxattr"), reason="mode bits don't show every ACL here: ownership is asked"
)
def test_an_unchanged_bundle_needs_few_imports(machine: Machine) -> None:
    """Each of them would cost what the whole look may."""
    bundle = machine.merged()
    program = (
        "import sys; before = set(sys.modules)\n"
        "from spip import stores; from spip.stores.bundle import merged\n"
        "from spip.stores.source import Source; from spip.stores import distrust\n"
        f"stores.inputs = lambda: [{machine.store!r}]\n"
        f"distrust.inputs = lambda: {distrust.inputs()!r}\n"
        "import time; now = time.time; time.time = lambda: now() + 60\n"
        "sources = [Source('os', 'OS store', None),"
        f"Source('certifi', 'certifi 1', {machine.certifi!r})]\n"
        f"assert merged(sources, {machine.cache!r}).path == {bundle.path!r}\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.check_output([sys.executable, "-S", "-c", program], env=environment)
    loaded = {name for name in said.decode().split() if not name.startswith("spip")}
    assert loaded <= {
        "__future__", "os", "os.path", "posixpath", "genericpath", "stat", "_stat", "abc", "_abc",
        "_collections_abc", "time",
    }  # fmt: skip
