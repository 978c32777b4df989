"""Every place that a root can be in: source, format and platform rule; plain pip and spip.

Each row is run for real where this platform can. `scripts/test --whole` runs plain pips as well;
the table is written to .cache/trust-gauntlet.md, and printed with `-s`.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from support.authority import Authority
from support.certificates import EXPIRED
from support.environments import Environment, current_environment, environment, with_spip
from support.hashed import hashed_folder
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.os_store import OsStores
from support.pairwise import whole
from support.run import Result
from support.servers import TlsServer
from trust_machine import Machine, missing

ADMIN = "/etc/spip/ca.d"
ANCHORS = "/etc/pki/ca-trust/source/anchors"
AGENT = "/opt/netskope/stagent/data/nscacert.pem"
TABLE = Path(__file__).parent.parent / ".cache" / "trust-gauntlet.md"
HEAD = "| source | format or rule | plain pip 26.3 | pip 23.0.1 | spip |\n" + "| --- " * 5 + "|\n"


@dataclass
class World:
    """What a row may change before the three runs."""

    machine: Machine
    stores: OsStores
    authority: Authority
    stranger: Authority
    spip: Environment
    folder: Path

    def named(self, content: bytes, name: str = "root.pem", mode: int = 0o644) -> str:
        """Write a file of the user's; its path."""
        file = self.folder / name
        file.write_bytes(content)
        file.chmod(mode)
        return str(file)

    def add(self, content: bytes) -> dict[str, str]:
        """Add it with `spip trust add`."""
        file = self.named(content)
        self.machine.run(self.spip.spip("trust", "add", "--yes", file)).passed()
        return {}

    def put(self, path: str, content: bytes, **how: int) -> dict[str, str]:
        """Lay a file over this system."""
        self.machine.put(path, content, **how)
        return {}


Prepare = Callable[[World], dict[str, str]]


@dataclass(frozen=True)
class Row:
    """One place; `trusted`: whether spip has to succeed; `why`: what `spip trust` says if not.

    `of_one_process`: what `prepare` pretends is seen by spip's own process, not by the finding's.
    """

    source: str
    rule: str
    trusted: bool
    prepare: Prepare
    why: str = ""
    of_one_process: bool = False

    def __str__(self) -> str:
        return f"{self.source}-{self.rule}".replace(" ", "-")


def _pkcs7(authority: Authority, encoding: Encoding) -> bytes:
    return pkcs7.serialize_certificates([authority.certificate], encoding)


def _trusted(authority: Authority, *words: str) -> bytes:
    """What OpenSSL writes with its own trust attributes."""
    done = subprocess.run(
        ["openssl", "x509", *words], input=authority.pem, stdout=subprocess.PIPE, check=True
    )
    return done.stdout


def _store(world: World, *, updated: bool) -> dict[str, str]:
    stores, authority = world.stores, world.authority
    world.machine.store = stores.trusting(authority) if updated else stores.not_updated(authority)
    return {}


def _variable(name: str) -> Prepare:
    return lambda w: {name: w.named(w.authority.pem)}


def _text(convert: Callable[[Authority], bytes]) -> Prepare:
    return lambda w: {"SPIP_CA_BUNDLE": w.named(convert(w.authority))}


def _hashed(world: World) -> dict[str, str]:
    folder = world.folder / "hashed"
    folder.mkdir()
    hashed_folder(folder, world.authority)
    return {"SSL_CERT_DIR": str(folder)}


def _folder(world: World) -> dict[str, str]:
    folder = world.folder / "several"
    folder.mkdir()
    (folder / "one.crt").write_bytes(world.stranger.pem)
    (folder / "two.pem").write_bytes(world.authority.pem)
    return {"SPIP_CA_BUNDLE": str(folder)}


def _npmrc(world: World) -> dict[str, str]:
    (world.machine.home / ".npmrc").write_text(f"cafile={world.named(world.authority.pem)}\n")
    return {}


def _blocked(world: World) -> dict[str, str]:
    world.put(f"{ANCHORS}/root.pem", world.authority.pem)
    return world.put("/etc/pki/ca-trust/source/blocklist/root.pem", world.authority.pem)


def _deselected(world: World) -> dict[str, str]:
    world.put("/usr/share/ca-certificates/ours/root.crt", world.authority.pem)
    real = Path("/etc/ca-certificates.conf").read_bytes()
    world.put("/etc/ca-certificates.conf", real + b"!ours/root.crt\n")
    return {"SPIP_CA_BUNDLE": world.named(world.authority.pem)}


def _expired(world: World) -> dict[str, str]:
    old = Authority(world.authority.name, validity=EXPIRED)
    return world.put(f"{ADMIN}/root.pem", old.pem)


def _listed(world: World) -> dict[str, str]:
    """The mode says that root alone may write; an access control list lets user 1234 as well."""
    world.put(f"{ADMIN}/root.pem", world.authority.pem, mode=0o664)
    nobody = 0xFFFFFFFF
    # acl(5) as Linux keeps it: owner, user 1234, group, mask, others.
    entries = ((1, 6, nobody), (2, 6, 1234), (4, 4, nobody), (16, 6, nobody), (32, 4, nobody))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(f"{world.machine.folder}{ADMIN}/root.pem", "system.posix_acl_access", packed)
    return {}


def _careless(world: World) -> dict[str, str]:
    """The same file on what calls itself CIFS: who serves it decides who owns what."""
    world.put(f"{ADMIN}/root.pem", world.authority.pem)
    told = shlex.quote(str(world.folder / "mountinfo"))
    world.machine.also = [
        f"sed 's/ - overlay / - cifs /' /proc/$$/mountinfo > {told}",
        f"mount --bind {told} /proc/$$/mountinfo",
    ]
    return {}


def _tmp_link(world: World) -> dict[str, str]:
    """A link in a folder where anyone may put one, by somebody else."""
    shared = world.folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "root.pem"
    link.symlink_to(world.named(world.authority.pem))
    os.lchown(link, 12, 12)  # no person's, whose only company in a container root may be
    return {"SPIP_CA_BUNDLE": str(link)}


ROWS = (
    Row("nowhere", "-", trusted=False, prepare=lambda _: {}),
    Row("os", "store rebuilt", trusted=True, prepare=lambda w: _store(w, updated=True)),
    Row(
        "anchor",
        "Debian's kind, never rebuilt",
        trusted=True,
        prepare=lambda w: _store(w, updated=False),
    ),
    Row(
        "anchor",
        "Red Hat's kind",
        trusted=True,
        prepare=lambda w: w.put(f"{ANCHORS}/root.crt", w.authority.pem),
    ),
    Row(
        "anchor",
        "SUSE's kind",
        trusted=True,
        prepare=lambda w: w.put("/etc/pki/trust/anchors/root.pem", w.authority.pem),
    ),
    Row(
        "anchor",
        "Arch's kind, DER",
        trusted=True,
        prepare=lambda w: w.put(
            "/etc/ca-certificates/trust-source/anchors/root.der", w.authority.der
        ),
    ),
    Row("anchor", "blocklisted", trusted=False, prepare=_blocked, why="distrusted by this system"),
    Row(
        "anchor",
        "of another user",
        trusted=False,
        prepare=lambda w: w.put(f"{ANCHORS}/root.pem", w.authority.pem, owner=1234),
        why="belongs to user 1234",
    ),
    Row(
        "admin", "PEM", trusted=True, prepare=lambda w: w.put(f"{ADMIN}/root.pem", w.authority.pem)
    ),
    Row(
        "admin", "DER", trusted=True, prepare=lambda w: w.put(f"{ADMIN}/root.cer", w.authority.der)
    ),
    Row(
        "admin",
        "writable by all",
        trusted=False,
        prepare=lambda w: w.put(f"{ADMIN}/root.pem", w.authority.pem, mode=0o666),
        why="is writable by others",
    ),
    Row(
        "admin",
        "an access list lets another write",
        trusted=False,
        prepare=_listed,
        why="by its access control list",
    ),
    Row(
        "admin",
        "on CIFS",
        trusted=False,
        prepare=_careless,
        why="doesn't keep who owns what",
        of_one_process=True,
    ),
    Row(
        "admin",
        "in a folder open to all",
        trusted=False,
        prepare=lambda w: w.put(f"{ADMIN}/root.pem", w.authority.pem, parent=0o777),
        why="which is writable by others",
    ),
    Row("admin", "expired", trusted=False, prepare=_expired, why="expired on"),
    Row(
        "admin",
        "an intermediate's leaf",
        trusted=False,
        prepare=lambda w: w.put(f"{ADMIN}/root.pem", w.authority.issue().pem),
        why="no CA's",
    ),
    Row("vendor", "an agent's file", trusted=True, prepare=lambda w: w.put(AGENT, w.authority.pem)),
    Row(
        "vendor",
        "of another user",
        trusted=False,
        prepare=lambda w: w.put(AGENT, w.authority.pem, owner=1234),
        why="belongs to user 1234",
    ),
    Row("added", "PEM", trusted=True, prepare=lambda w: w.add(w.authority.pem)),
    Row("added", "DER", trusted=True, prepare=lambda w: w.add(w.authority.der)),
    Row(
        "added",
        "PKCS#7, PEM",
        trusted=True,
        prepare=lambda w: w.add(_pkcs7(w.authority, Encoding.PEM)),
    ),
    Row(
        "added",
        "PKCS#7, DER",
        trusted=True,
        prepare=lambda w: w.add(_pkcs7(w.authority, Encoding.DER)),
    ),
    *(
        Row("explicit", name, trusted=True, prepare=_variable(name))
        for name in (
            "SPIP_CA_BUNDLE",
            "PIP_CERT",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "SSL_CERT_FILE",
        )
    ),
    Row("explicit", "SSL_CERT_DIR, hashed", trusted=True, prepare=_hashed),
    Row("explicit", "a folder of files", trusted=True, prepare=_folder),
    Row(
        "explicit",
        "text around it",
        trusted=True,
        prepare=_text(lambda a: b"Subject: x\n\n" + a.pem + b"\nend\n"),
    ),
    Row(
        "explicit",
        "Windows line ends, BOM",
        trusted=True,
        prepare=_text(lambda a: b"\xef\xbb\xbf" + a.pem.replace(b"\n", b"\r\n")),
    ),
    Row(
        "explicit", "UTF-16", trusted=True, prepare=_text(lambda a: a.pem.decode().encode("utf-16"))
    ),
    Row(
        "explicit",
        "a broken block before it",
        trusted=True,
        prepare=_text(lambda a: a.pem.replace(b"MI", b"!!", 1) + a.pem),
    ),
    Row(
        "explicit",
        "TRUSTED CERTIFICATE for servers",
        trusted=True,
        prepare=_text(lambda a: _trusted(a, "-addtrust", "serverAuth")),
    ),
    Row(
        "explicit",
        "TRUSTED CERTIFICATE, rejected",
        trusted=False,
        prepare=_text(lambda a: _trusted(a, "-addreject", "serverAuth")),
        why="not trusted for servers",
    ),
    Row(
        "explicit",
        "writable by others",
        trusted=False,
        prepare=lambda w: {"SPIP_CA_BUNDLE": w.named(w.authority.pem, mode=0o666)},
        why="is writable by others",
    ),
    Row(
        "explicit",
        "a stranger's link in a shared folder",
        trusted=False,
        prepare=_tmp_link,
        why="leads over",
    ),
    Row(
        "explicit",
        "a relative path",
        trusted=False,
        prepare=lambda w: {"SPIP_CA_BUNDLE": os.path.relpath(w.named(w.authority.pem), "/")},
        why="is not an absolute path",
    ),
    Row(
        "explicit",
        "deselected by the system",
        trusted=False,
        prepare=_deselected,
        why="distrusted by this system",
    ),
    Row(
        "another tool's",
        "NODE_EXTRA_CA_CERTS",
        trusted=False,
        prepare=_variable("NODE_EXTRA_CA_CERTS"),
    ),
    Row("another tool's", "GIT_SSL_CAINFO", trusted=False, prepare=_variable("GIT_SSL_CAINFO")),
    Row(
        "another tool's",
        "cafile in .npmrc",
        trusted=False,
        prepare=_npmrc,
        why="cafile in ~/.npmrc",
    ),
)


@pytest.fixture(scope="module", autouse=True)
def _table() -> Iterator[None]:
    """Write the table of what is known of each row, by this run or one before it."""
    yield
    files = [_known(row) for row in ROWS]
    table = HEAD + "".join(file.read_text("utf-8") for file in files if file.exists())
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table, encoding="utf-8")
    print(f"\n{table}")


def _known(row: Row) -> Path:
    """A row's own file, since each worker tries but some of them."""
    return TABLE.with_suffix("") / f"{hashlib.sha256(str(row).encode()).hexdigest()[:16]}.md"


def _keep(row: Row, said: list[str]) -> None:
    file = _known(row)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"| {row.source} | {row.rule} | {' | '.join(said)} |\n", "utf-8")


@pytest.fixture
def world(os_stores: OsStores, tmp_path: Path, authority: Authority, stranger: Authority) -> World:
    if missing():
        lacking(missing(), installable=False)
    for name in ("over", "home", "files"):
        (tmp_path / name).mkdir()
    machine = Machine(tmp_path / "over", os_stores.trusting(), tmp_path / "home")
    spip = with_spip(current_environment())
    return World(machine, os_stores, authority, stranger, spip, tmp_path / "files")


def test_there_are_enough_rows() -> None:
    assert len(ROWS) >= 25
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.matrix
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_place_that_a_root_can_be_in(row: Row, world: World, authority: Authority) -> None:
    env = row.prepare(world)
    # What plain pips do stands in the table, and decides no row.
    compared = (("3.13", "26.3"), ("3.10", "23.0.1")) if whole() else ()
    with TlsServer(authority.issue(), Index(standard_artifacts())) as index:
        plain = [_fetch(environment(*which).pip, world, index, env) for which in compared]
        index.forget()
        ours = _fetch(world.spip.spip, world, index, env)
        if plain:
            _keep(row, [_said(result) for result in (*plain, ours)])
        assert (ours.code == 0) is row.trusted, str(ours)
        if not row.trusted:
            assert index.record.connections
            # What explains the failure may have the target's pip ask as well.
            assert not _asked_by_pip(index) or row.of_one_process
            assert index.record.handed_over == 0 or row.of_one_process
            said_why = world.machine.run(world.spip.spip("trust", "--json"), **env).passed().stdout
            assert row.why in said_why


def _fetch(
    command: Callable[..., list[str]], world: World, index: TlsServer, env: dict[str, str]
) -> Result:
    where = ["--index-url", index.url("/simple/"), "--no-cache-dir", "--retries=0"]
    to = str(world.machine.home / "to")
    return world.machine.run(command("download", *where, "--no-deps", "-d", to, "demo"), **env)


def _asked_by_pip(index: TlsServer) -> list[str]:
    return [asked.path for asked in index.record.requests if "pip/" in asked.user_agent]


def _said(result: Result) -> str:
    if result.code == 0:
        return "works"
    return "traceback" if "Traceback" in result.stderr else "refused"
