"""Files of roots that don't count: who can write them really, what is said, what mends it."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spip import sources as why
from spip.bridge import env_vars
from spip.certificates import formats, openssl_facts, pem
from spip.doctor import source_states, unused_roots
from spip.ownership import mounts as filesystem
from spip.ownership import namespaces
from spip.ownership.posix import PosixWalk
from spip.sources import Refusal, Source, SourceRejected
from spip.stores.gather import Given, gather
from spip.trust import path_spelling, resolve, sources_in_force
from support import root_kinds as kinds
from support.lacking import lacking

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")
SOURCE = Path(__file__).parent.parent.parent / "src"
ANN, BOB = 1000, 1001
SHARED = "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n"
SERVICES = "www-data:x:33:33::/:/bin/false\nbus:x:999:999::/:/sbin/nologin\n"
ONE = f"root:x:0:0::/:/bin/sh\n{SERVICES}ann:x:1000:1000::/:/bin/sh\n"
ROOT_ALONE = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make this process believe to be root in a container, or on a machine, with such accounts."""

    def believe(accounts: str, *, container: bool = True, lookups: str = "passwd: files\n") -> None:
        for name, text in (
            ("ACCOUNTS", accounts),
            ("GROUPS", "team:x:50:ann\n"),
            ("LOOKUPS", lookups),
        ):
            (tmp_path / name).write_text(text)
            monkeypatch.setattr(namespaces, name, str(tmp_path / name))
        link = tmp_path / "pid"
        link.unlink(missing_ok=True)
        link.symlink_to("pid:[4026532001]" if container else "pid:[4026531836]")
        monkeypatch.setattr(namespaces, "PID_NAMESPACE", str(link))
        monkeypatch.setattr(os, "geteuid", lambda: 0)

    return believe


def judged(rule: str, owner: int, mode: int = 0o100644, group: int = 0) -> str:
    """Return why a file of that owner and mode is refused, "" if it counts."""
    from spip.ownership.principals import holders

    seen = os.stat_result((mode, 1, 1, 1, owner, group, 1, 0, 0, 0))
    descriptor = os.open(__file__, os.O_RDONLY)
    try:
        PosixWalk(holders(rule)).judge(descriptor, seen)
    except SourceRejected as reason:
        return reason.why
    finally:
        os.close(descriptor)
    return ""


@posix
@pytest.mark.parametrize(
    ("accounts", "owner"), [(ONE, ANN), (ROOT_ALONE, ANN), (ROOT_ALONE, 501), (ROOT_ALONE, BOB)]
)
def test_in_a_container_with_nobody_else_the_owner_of_a_named_file_counts(
    machine: Any, accounts: str, owner: int
) -> None:
    machine(accounts)
    assert judged("named", owner) == ""
    assert judged("named", owner, 0o100664, group=owner) == ""
    for rule in ("user", "admin"):
        assert judged(rule, owner) == why.OWNER


@posix
@pytest.mark.parametrize(
    ("accounts", "owner", "container", "lookups"),
    [
        (SHARED, ANN, True, "passwd: files\n"),
        (SHARED, BOB, True, "passwd: files\n"),
        (SHARED, 501, True, "passwd: files\n"),
        (ONE, BOB, True, "passwd: files\n"),
        (f"{ROOT_ALONE}{SERVICES}", 33, True, "passwd: files\n"),  # a service that may be attacked
        (f"{ROOT_ALONE}{SERVICES}", 999, True, "passwd: files\n"),
        (f"{ROOT_ALONE}man:x:12:12::/:/bin/sh\n", 12, True, "passwd: files\n"),
        (ROOT_ALONE, 12, True, "passwd: files\n"),  # a service's outside, by its number
        (ROOT_ALONE, 65534, True, "passwd: files\n"),
        (ONE, ANN, True, "passwd: files sss\n"),
        (ROOT_ALONE, ANN, True, "passwd:\tfiles ldap [NOTFOUND=return]\n"),
        (ONE, ANN, False, "passwd: files\n"),
        (ROOT_ALONE, ANN, False, "passwd: files\n"),
    ],
)
def test_another_account_of_a_shared_machine_feeds_root_no_roots(
    machine: Any,
    accounts: str,
    owner: int,
    container: bool,  # noqa: FBT001
    lookups: str,
) -> None:
    machine(accounts, container=container, lookups=lookups)
    for rule in ("named", "user", "admin"):
        assert judged(rule, owner) == why.OWNER


@posix
@pytest.mark.parametrize(
    ("mode", "group", "reason"),
    [
        (0o100666, ANN, why.OTHERS),
        (0o100646, ANN, why.OTHERS),
        (0o100664, 50, ""),  # ann alone is in it
        (0o100664, 33, why.GROUP),  # a service's
        (0o100664, 4711, ""),  # nobody is in it
    ],
)
def test_what_others_may_write_is_refused_in_a_container_too(
    machine: Any, mode: int, group: int, reason: str
) -> None:
    machine(ONE)
    assert judged("named", ANN, mode, group) == reason


@posix
@pytest.mark.parametrize(
    ("uid_map", "owner", "mode", "reason"),
    [
        ("0 1000 1", 65534, 0o100644, ""),
        ("0 1000 1", 65534, 0o100664, why.GROUP),
        ("0 1000 1", 65534, 0o100666, why.OTHERS),
        ("0 1000 1", 4711, 0o100644, why.OWNER),
        ("0 0 4294967295", 65534, 0o100644, why.OWNER),  # no namespace: the account nobody
        ("0 1000 1\n1 100000 65536", 65534, 0o100644, why.OWNER),  # that account exists here
    ],
)
def test_an_owner_that_is_nobody_of_this_namespace_is_judged_by_the_mode(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uid_map: str,
    owner: int,
    mode: int,
    reason: str,
) -> None:
    (tmp_path / "map").write_text(uid_map + "\n")
    (tmp_path / "overflow").write_text("65534\n")
    monkeypatch.setattr(namespaces, "UID_MAP", str(tmp_path / "map"))
    monkeypatch.setattr(namespaces, "OVERFLOW", str(tmp_path / "overflow"))
    monkeypatch.setattr(namespaces, "is_alone_with", lambda _: False)
    monkeypatch.setattr(namespaces, "_is_above_me", lambda _: False)
    namespaces._mapped.cache_clear()
    try:
        assert judged("named", owner, mode, 4712) == reason
        assert judged("admin", owner, mode, 4712) == why.OWNER
    finally:
        namespaces._mapped.cache_clear()


MOUNTS = """\
22 1 8:1 / / {root} - {kind} /dev/sda1 {of_all}
30 22 8:1 /x /mnt {bind} - {kind} /dev/sda1 {of_all}
"""


@posix
@pytest.mark.parametrize(
    ("kind", "root", "bind", "of_all", "sealed"),
    [
        ("ext4", "ro", "ro", "ro", True),
        ("squashfs", "ro", "ro", "ro", True),
        ("ext4", "ro", "ro", "rw", True),
        ("ext4", "rw", "ro", "rw", False),  # the same one, writable elsewhere
        ("overlay", "ro", "ro", "ro", False),
        *((kind, "ro", "ro", "ro", False) for kind in ("fuse.sshfs", "9p", "nfs4", "cifs", "vfat")),
    ],
)
def test_a_read_only_mount_excuses_modes_where_nobody_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    kind: str, root: str, bind: str, of_all: str, sealed: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(kind=kind, root=f"{root},relatime", bind=bind, of_all=of_all))
    monkeypatch.setattr(filesystem, "MOUNTS", str(mounts))
    monkeypatch.setattr(filesystem, "is_read_only", lambda _: True)
    assert filesystem.is_sealed("/mnt/ca.pem", os.makedev(8, 1)) == sealed
    monkeypatch.setattr(filesystem, "is_read_only", lambda _: False)
    assert not filesystem.is_sealed("/mnt/ca.pem", os.makedev(8, 1))


IN_A_NAMESPACE = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from spip import ownership
from spip.ownership import checked_file
from spip.sources import SourceRejected

def said(path):
    try:
        return checked_file.content(path, ownership.walk("named")).decode()
    except SourceRejected as reason:
        return reason.why

def mount(*words):
    subprocess.run(["mount", *words], check=True)

mount("-t", "tmpfs", "none", "/mnt")
os.mkdir("/mnt/here"); os.mkdir("/mnt/there")
mount("-t", "tmpfs", "none", "/mnt/here")
with open("/mnt/here/ca.pem", "w") as file:
    file.write("roots")
print(said("/mnt/here/ca.pem"))
os.chmod("/mnt/here/ca.pem", 0o666)
print(said("/mnt/here/ca.pem"))
mount("-o", "bind", "/mnt/here", "/mnt/there")
mount("-o", "remount,bind,ro", "/mnt/there")
print(said("/mnt/there/ca.pem"))
mount("-o", "remount,bind,ro", "/mnt/here")
print(said("/mnt/there/ca.pem"))
"""


@posix
def test_in_a_namespace_of_ones_own_the_root_folder_is_in_nobodys_hands() -> None:
    """A user's own file "lies in /, which belongs to nobody" there, and was passed over."""
    if shutil.which("unshare") is None:
        lacking("no unshare")
    words = ["unshare", "-Urm", sys.executable, "-I", "-c", IN_A_NAMESPACE, str(SOURCE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
        lacking("no user namespaces here", installable=False)
    assert done.stdout.split() == ["roots", why.OTHERS, why.OTHERS, "roots"], done.stderr


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ('"{}"', "quotes"),
        ("'{}'", "quotes"),
        ("\u201c{}\u201d", "quotes"),
        ("{}\r", "carriage return"),
        ('"{}"\r', "carriage return"),
        (" {}", "blank"),
        ("{}\n", "blank"),
        ("{} # the company's", "comment"),
        ("file://{}", "file:"),
        ("$FOLDER/ca.pem", "variable"),
        ("{}:/etc/passwd", "several files"),
        ("{};/nowhere", "several files"),
        ("{}, {}", "several files"),
    ],
)
@posix
def test_what_a_value_was_meant_to_say_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, word: str
) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    monkeypatch.setenv("FOLDER", str(tmp_path))
    astray, paths = path_spelling.meant(value.replace("{}", str(file)))
    assert word in astray
    assert paths[0] == str(file)
    file.unlink()
    assert path_spelling.meant(f'"{file}"') == ("", ())


@posix
def test_a_tilde_is_the_home_folder_where_pip_reads_it_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    here = dict.fromkeys(("PIP_CERT", "REQUESTS_CA_BUNDLE"), "~/ca.pem")
    found = {source.label: source.path for source in sources_in_force.explicit(here, None)}
    assert found == {"PIP_CERT": f"{tmp_path}/ca.pem", "REQUESTS_CA_BUNDLE": "~/ca.pem"}


def test_joined_files_without_a_line_end_between_them_are_both_read_and_told() -> None:
    one, two = kinds.pem(kinds.certificate("One")), kinds.pem(kinds.certificate("Two"))
    found = formats.read(one.rstrip(b"\n") + two)
    assert len(found.blocks) == 2
    assert found.faults == ((one.count(b"\n"), formats.GLUED, why.GLUED),)
    found = formats.read(b"the company's root" + one + two)  # OpenSSL sees no BEGIN there
    assert len(found.blocks) == 1
    assert found.faults == ((1, formats.GLUED, why.GLUED),)


def given(source: Source) -> Given:
    (found,) = gather([source], 1_700_000_000)
    return found


@posix
def test_each_refused_file_has_the_command_that_makes_it_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(kinds.pem(kinds.certificate("Company")))
    file.chmod(0o666)
    (held,) = source_states.list_refused_files(given(Source("explicit", "PIP_CERT", str(file))))
    assert (held.path, held.why) == (str(file), why.OTHERS)
    assert held.mend == f"chmod go-w {file}"
    subprocess.run(held.mend.split(), check=True)
    assert given(Source("explicit", "PIP_CERT", str(file))).roots
    monkeypatch.chdir(tmp_path)
    (held,) = source_states.list_refused_files(given(Source("explicit", "PIP_CERT", "ca.pem")))
    assert held.mend.endswith(f"PIP_CERT={file}")
    (held,) = source_states.list_refused_files(
        given(Source("explicit", "pip's setting cert", "ca.pem"))
    )
    assert held.mend == f"{{spip}} trust add {file}"
    (held,) = source_states.list_refused_files(given(Source("explicit", "PIP_CERT", f'"{file}"')))
    assert "quotes" in held.text
    assert held.mend.endswith(f"PIP_CERT={file}")


@posix
@pytest.mark.parametrize("kind", ["admin", "anchor", "vendor"])
@pytest.mark.parametrize(
    ("reason", "words"), [(why.OWNER, "chown root /x/ca.pem"), (why.OTHERS, "chmod go-w /x/ca.pem")]
)
def test_an_administrators_file_is_mended_where_it_lies(kind: str, reason: str, words: str) -> None:
    source = Source(kind, "a folder", "/x")
    refusal = Refusal(source, "...", whole=False, kind=reason, file="ca.pem")
    assert source_states.remedy_for(source, refusal).removeprefix("sudo ") == words


@posix
@pytest.mark.parametrize("reason", sorted(why.STRANGERS))
def test_somebody_elses_file_is_taken_by_its_fingerprint(reason: str) -> None:
    source = Source("explicit", "PIP_CERT", "/x/ca.pem")
    refusal = Refusal(source, "...", whole=True, kind=reason, at="/x")
    assert source_states.remedy_for(source, refusal) == "{spip} trust add /x/ca.pem"


@posix
def test_of_a_bundle_with_a_spoilt_part_the_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    text = kinds.pem(kinds.certificate("One"))
    file.write_bytes(text + text.replace(b"M", b"!", 1))
    file.chmod(0o644)
    (seen,) = source_states.consult_sources((Source("explicit", "PIP_CERT", str(file)),))
    line = text.count(b"\n") + 1
    assert seen.unreadable_parts == (f"line {line} {formats.BROKEN}",)
    assert len(seen.roots) == 1


@pytest.mark.parametrize(
    ("lacking_", "environ", "kept"),
    [
        (["PIP_CERT"], {"PIP_CERT": "x"}, {"PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}),
        (["PIP_CERT"], {"REQUESTS_CA_BUNDLE": "y"}, {"PIP_CERT", "CURL_CA_BUNDLE"}),
        (["CURL_CA_BUNDLE"], {}, {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}),
        (["REQUESTS_CA_BUNDLE"], {}, {"REQUESTS_CA_BUNDLE"}),
        (["SSL_CERT_FILE"], {}, {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}),
        (
            ["PIP_CERT"],  # the first of two that name the same file
            {"PIP_CERT": "x", "SSL_CERT_FILE": "x"},
            {"PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"},
        ),
        ([], {"PIP_CERT": "x"}, set()),
    ],
)
def test_no_variable_takes_from_a_program_what_it_has_alone(
    lacking_: list[str], environ: dict[str, str], kept: set[str]
) -> None:
    assert set(env_vars.kept(environ, lacking_)) == kept


@posix
def test_a_setting_is_lacking_where_its_file_is_there_and_held_back(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()

    def label(kind: str, path: Path) -> list[str]:
        refusal = Refusal(Source("explicit", "X", str(path)), "...", whole=True, kind=kind)
        return list(resolve.lacking([refusal]))

    assert label(why.OWNER, file) == label(why.NO_AUTHORITY, file) == ["X"]
    assert label(why.EXPIRED, file) == label(why.EMPTY, file) == []
    assert label(why.RELATIVE, tmp_path / "gone") == []


class LoadsThenRaises:
    """A context of OpenSSL 3.0.21 under Python 3.11: DER is loaded, and then an error is raised."""

    def __init__(self, real: ssl.SSLContext) -> None:
        self._real = real

    def load_verify_locations(
        self, cafile: Any = None, capath: Any = None, cadata: Any = None
    ) -> None:
        """Load it, whatever comes after."""
        self._real.load_verify_locations(cafile, capath, cadata)
        if isinstance(cadata, bytes):
            raise ssl.SSLError(1, "[ASN1: NOT_ENOUGH_DATA] not enough data (_ssl.c:4166)")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_an_openssl_that_loads_der_and_then_raises_costs_no_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each root counted as broken there."""
    ders = [kinds.der(kinds.certificate(name)) for name in ("One", "Two")]
    original = openssl_facts._context
    monkeypatch.setattr(openssl_facts, "_context", lambda: LoadsThenRaises(original()))
    found = openssl_facts.judge([*ders, b"\x30\x03\x02\x01\x07"])
    assert set(found.authorities) == set(ders)
    assert found.unreadable == {b"\x30\x03\x02\x01\x07"}
    assert list(pem.certificates(pem.text(ders).encode())) == ders


@posix
@pytest.mark.parametrize(
    ("name", "form", "stands", "step"),
    [
        ("corp.crt", "PEM", "", ""),
        ("corp.crt", "DER", "der", "openssl x509 -inform der -in {0}/corp.crt -out {0}/corp.crt"),
        ("corp.der", "DER", "der", "openssl x509 -inform der -in {0}/corp.der -out {0}/corp.crt"),
        ("corp.pem", "PEM", "named", "mv {0}/corp.pem {0}/corp.crt"),
    ],
)
def test_an_anchor_that_the_update_command_passes_over_is_made_fit_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, form: str, stands: str, step: str
) -> None:
    company = kinds.certificate("Company")
    (tmp_path / name).write_bytes(kinds.pem(company) if form == "PEM" else kinds.der(company))
    monkeypatch.setattr(unused_roots, "_CHOOSY", str(tmp_path))
    variant, facts = unused_roots.store_obstacle(
        str(tmp_path), kinds.der(company), "update-ca-certificates"
    )
    assert variant == stands
    commands = facts.get("mend", "").replace("sudo ", "")
    assert commands == (step.format(tmp_path) + " && update-ca-certificates" if step else "")
