"""The merged bundle: what is in it, and when it is built anew."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from spip.commands.trust import export
from spip.sources import Source
from spip.stores import bundle, bundle_cache, bundle_upkeep, distrust, gather
from spip.stores.bundle import merged
from spip.text import in_ascii
from support import root_kinds as kinds
from support.merging import (
    CERTIFI_ROOT,
    COMPANY,
    OS_ROOT,
    OTHER,
    OWN,
    Machine,
    digest,
    posix,
    roots,
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


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
    shown = in_ascii(text)
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
    monkeypatch.delattr(bundle, "bundle")
    again = machine.merged(*sources)
    assert again == built
    assert again.extra == (digest(COMPANY),)
    assert [refusal.reason for refusal in again.refused] == [
        "holds a certificate that signed itself and is no CA's",
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
    before = bundle_cache.bundle_path([*machine.own, extra], machine.cache)
    assert bundle_cache.read(before, [*machine.own, extra]) is None


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
    gone = str(machine.folder / f"spip-bundle-{0:016x}.pem")
    for path in (bundle.path, copy, str(folder), gone):
        found = machine.merged(Source("explicit", "SSL_CERT_FILE", path))
        assert roots(found) == OWN
        assert found.refused == ()


def test_what_was_exported_is_a_source_like_any_other(machine: Machine) -> None:
    given = gather.gather([*machine.own, machine.source(kinds.pem(COMPANY))], int(machine.now()))
    text = export.bundle(given)
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
    assert bundle_cache.read(path, [*machine.own, extra]) is not None
    machine.later = 4
    assert bundle_cache.read(path, [*machine.own, extra]) is None
    machine.merged(extra)
    machine.later = 4000
    assert bundle_cache.read(path, [*machine.own, extra]) is not None


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


def test_renewal_takes_a_removed_root_out_of_every_bundle(machine: Machine) -> None:
    """A shell that evaluated `spip env` names a bundle that no run looks at again."""
    extra = machine.source(kinds.pem(COMPANY))
    other = Source("explicit", "PIP_CERT", machine.write("other.pem", kinds.pem(OTHER)))
    bundles = [machine.merged(extra), machine.merged(extra, other), machine.merged(other)]
    machine.source(b"")
    bundle_upkeep.renew(machine.cache)
    assert [len(roots(bundle)) for bundle in bundles] == [2, 3, 3]


@posix
@pytest.mark.parametrize("alias", [True, False], ids=["another name", "another place"])
def test_renewal_finds_bundles_where_children_are_told_that_they_are(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, *, alias: bool
) -> None:
    """Windows, a name that isn't ASCII: the bundle vanished, or the removed root stayed in it."""
    told = machine.folder / "CACHE~1"
    if alias:
        Path(machine.cache).mkdir(mode=0o700)
        told.symlink_to(machine.cache)
    monkeypatch.setattr(bundle, "for_children", lambda _: str(told))
    made = machine.merged(machine.source(kinds.pem(COMPANY)))
    assert os.path.dirname(made.path) == str(told)
    machine.source(kinds.pem(OTHER))
    bundle_upkeep.renew(machine.cache)
    assert roots(made) == [*OWN, kinds.der(OTHER)]


def test_a_bundle_that_cannot_be_renewed_is_removed(machine: Machine) -> None:
    bundle = machine.merged(machine.source(kinds.pem(COMPANY)))
    os.unlink(bundle_cache.beside(bundle.path))
    bundle_upkeep.renew(machine.cache)
    assert not os.path.exists(bundle.path)


@pytest.mark.skipif(
    not hasattr(os, "getxattr"), reason="mode bits don't show every ACL here: ownership is asked"
)
def test_an_unchanged_bundle_needs_few_imports(machine: Machine) -> None:
    """Each of them would cost what the whole look may."""
    bundle = machine.merged()
    program = (
        "import sys; before = set(sys.modules)\n"
        "from spip import stores; from spip.stores.bundle import merged\n"
        "from spip.sources import Source; from spip.stores import distrust\n"
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
        "errno",  # os itself imports it from 3.13.5 on
    }  # fmt: skip
