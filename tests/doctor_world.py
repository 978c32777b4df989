"""What the doctor's tests run, and the odd servers that they run it against."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.x509 import DNSName, ExtendedKeyUsage, NameConstraints
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from spip import stores
from support.authority import Identity
from support.certificates import LONG_VALID, VALID, builder_for
from support.listener import Listener
from support.run import Result, run

if TYPE_CHECKING:
    from typing_extensions import Self

    from support.authority import Authority

# Which command is tested: spip's, in the environment that runs the tests.
DOCTOR = (sys.executable, "-m", "spip", "doctor")
NOWHERE = "https://index.invalid/simple/"


def doctor(*words: str, env: Mapping[str, str | None] | None = None, timeout: float = 60) -> Result:
    """Run `spip doctor` in a clean environment."""
    return run([*DOCTOR, *words], env=env, timeout=timeout)


def report(
    *words: str, env: Mapping[str, str | None] | None = None, timeout: float = 60
) -> dict[str, Any]:
    """Run `spip doctor --json` and return what it says."""
    result = doctor(*words, "--json", env=env, timeout=timeout)
    assert result.stdout, str(result)
    said: dict[str, Any] = json.loads(result.stdout)
    assert result.code == (1 if said["failing"] else 0), str(result)
    return said


def no_store() -> str:
    """Return what the doctor adds on a machine that has no store, as a pattern; else nothing."""
    if stores.bundle_file() or not sys.platform.startswith("linux"):
        return ""
    said = "this system's certificate store is empty, as it is in slim containers"
    return rf"worth a look:\n  -  {said}\n     next: [^\n]+\n"


def causes(said: Mapping[str, Any], weight: str = "problem") -> list[str]:
    """Return the names of the causes of one weight."""
    return [each["cause"] for each in said["findings"] if each["weight"] == weight]


def the(said: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """Return the first finding of a cause; AssertionError with all of them where it is missing."""
    found = [each for each in said["findings"] if each["cause"] == cause]
    assert found, json.dumps(said["findings"], indent=2)
    first: dict[str, Any] = found[0]
    return first


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Talker(Listener):
    """Says `words` to whoever connects, `pause` seconds after each byte, and nothing more."""

    def __init__(self, words: bytes, pause: float = 0, *, wait_for_hello: bool = True) -> None:
        super().__init__()
        self.words = words
        self.pause = pause
        self.wait_for_hello = wait_for_hello

    def serve(self, connection: socket.socket) -> None:
        """Say it; the other side's own words are read, since unread ones would mean a reset."""
        if self.wait_for_hello:
            connection.recv(65536)
        if not self.pause:
            connection.sendall(self.words)
            return
        for byte in self.words:
            connection.sendall(bytes([byte]))
            time.sleep(self.pause)


class Secured(Listener):
    """TLS by any context; inside of it, `words` whatever is asked, or an end without one."""

    def __init__(self, context: ssl.SSLContext, words: bytes = b"") -> None:
        super().__init__()
        self.context = context
        self.words = words

    def serve(self, connection: socket.socket) -> None:
        """Shake hands, read a request, say the words."""
        with contextlib.suppress(ssl.SSLError):
            secure = self.context.wrap_socket(connection, server_side=True)
            self.keep(secure)
            with contextlib.suppress(OSError):
                secure.recv(65536)
                secure.sendall(self.words)
            self.drop(secure)


class Full:
    """A port whose queue is full: the system drops whoever else wants to connect, in silence."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port: int = self._server.getsockname()[1]
        self._inside: list[socket.socket] = []

    def __enter__(self) -> Self:
        for _ in range(8):
            waiting = socket.socket()
            waiting.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(("127.0.0.1", self.port))
            self._inside.append(waiting)
        time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._inside, self._server):
            each.close()


def permissive(
    identity: Identity | Weak | Garbled, *, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """Return a server's context that OpenSSL's own scruples don't stop; `version` is the newest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = version
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(identity.write(Path(folder)))
    return context


class Weak:
    """A server's certificate that current OpenSSL refuses: a short key, or an old digest.

    Made by the openssl command: `cryptography` no longer signs with SHA-1.
    """

    def __init__(self, authority: Authority, *, bits: int = 2048, digest: str = "sha256") -> None:
        self.authority = authority
        self.bits = bits
        self.digest = digest

    def write(self, folder: Path) -> Path:
        """Write key and certificate into one file."""
        signer = self.authority.issue()  # lends its way of writing a key
        (folder / "root.key").write_bytes(replace(signer, key=self.authority.key).key_pem)
        (folder / "root.pem").write_bytes(self.authority.pem)
        names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
        signing = f"-CA root.pem -CAkey root.key -days 30 -copy_extensions copy -{self.digest}"
        for line in (
            f"openssl genrsa -out weak.key {self.bits}",
            f"openssl req -new -key weak.key -out weak.csr {names}",
            f"openssl x509 -req -in weak.csr -out weak.crt {signing}",
        ):
            subprocess.run(line.split(), cwd=folder, check=True, capture_output=True)
        both = folder / "weak.pem"
        both.write_bytes((folder / "weak.key").read_bytes() + (folder / "weak.crt").read_bytes())
        return both


class Garbled:
    """A server's certificate whose dates are none: the bytes of the first are something else."""

    def __init__(self, authority: Authority) -> None:
        self._identity = authority.issue("localhost")

    def write(self, folder: Path) -> Path:
        """Write key and certificate into one file."""
        der = self._identity.der
        at = der.index(b"\x17\x0d") + 2  # UTCTime of 13 letters: RFC 5280, section 4.1.2.5.1
        broken = der[:at] + b"not a time!!Z" + der[at + 13 :]
        file = folder / "garbled.pem"
        pem = ssl.DER_cert_to_PEM_cert(broken).encode("ascii")
        file.write_bytes(self._identity.key_pem + pem)
        return file


def for_clients_only(authority: Authority) -> Identity:
    """Make a server's certificate that says that it is a client's."""
    server = authority.issue("localhost")
    subject = server.certificate.subject
    builder = builder_for(subject, server.key, authority.certificate.subject, VALID)
    for extension in server.certificate.extensions:
        is_purpose = extension.oid == ExtensionOID.EXTENDED_KEY_USAGE
        value = ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]) if is_purpose else None
        builder = builder.add_extension(value or extension.value, extension.critical)
    return Identity(builder.sign(authority.key, hashes.SHA256()), server.key)


def limited_to(domain: str, root: Authority) -> Identity:
    """Make a server's certificate by an authority that may sign for names of `domain` alone."""
    middle = root.intermediate("Example Limited CA")
    builder = builder_for(
        middle.certificate.subject, middle.key, root.certificate.subject, LONG_VALID
    )
    for extension in middle.certificate.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    limit = NameConstraints(permitted_subtrees=[DNSName(domain)], excluded_subtrees=None)
    builder = builder.add_extension(limit, critical=True)
    middle.certificate = builder.sign(root.key, hashes.SHA256())
    return middle.issue("localhost")


def short_group(folder: Path) -> Path:
    """Write a Diffie-Hellman group of 1024 bits, the second of RFC 2409 (section 6.2)."""
    prime = bytes.fromhex(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22"
        "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6"
        "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381"
        "FFFFFFFFFFFFFFFF"
    )
    # PKCS#3: a SEQUENCE of two INTEGERs, the prime and the generator 2.
    der = b"\x30\x81\x87\x02\x81\x81\x00" + prime + b"\x02\x01\x02"
    text = base64.encodebytes(der).decode("ascii")
    file = folder / "group.pem"
    file.write_text(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n", "utf-8")
    return file
