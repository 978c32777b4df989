"""Check a client certificate's file as pip would load it, before anything leaves this machine."""

from __future__ import annotations

import os
import re
import ssl
import sys
from dataclasses import dataclass

from spip.terminal import is_terminal

_CERTIFICATE = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----")
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
# RFC 7468, section 11, and the older form of RFC 1421.
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type:\s*4,\s*ENCRYPTED")
_DER = b"\x30"  # the first byte of a certificate and of PKCS#12: a SEQUENCE
_LONGEST = 1 << 20


@dataclass(frozen=True)
class ClientCertificate:
    """`path` as pip reads it; `problem`: why it can't be used, "" if it can.

    `has_pass_phrase`: the key is encrypted, so pip asks at the terminal whenever it connects.
    """

    path: str = ""
    problem: str = ""
    has_pass_phrase: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Whether pip can ask for the pass phrase here."""
        return self.has_pass_phrase and has_terminal()


def read_client_certificate(value: str) -> ClientCertificate:
    """Look at the file that a setting names; a leading ~ is the home folder, as for pip."""
    if not value:
        return ClientCertificate()
    path = os.path.expanduser(value)
    try:
        with open(path, "rb") as file:
            content = file.read(_LONGEST)
    except OSError as error:
        return ClientCertificate(path, _error_text(error))
    if _ENCRYPTED.search(content):
        return ClientCertificate(path, "its key has a pass phrase", has_pass_phrase=True)
    return ClientCertificate(path, _what_is_missing(content) or _openssl_problem(path))


def has_terminal() -> bool:
    """Whether OpenSSL finds a terminal to ask at; stdin and stdout don't matter to it."""
    if sys.platform == "win32":
        return is_terminal(sys.stderr)
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _error_text(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    return error.strerror or str(error)


def _what_is_missing(content: bytes) -> str:
    if not _CERTIFICATE.search(content):
        if content.startswith(_DER):
            return "it is no PEM text but binary (DER or PKCS#12), which pip can't read"
        return "it holds no certificate in PEM"
    return "" if _KEY.search(content) else "it holds a certificate without its key"


def _openssl_problem(path: str) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(path, password="")
    except ssl.SSLError as error:
        if "KEY_VALUES_MISMATCH" in (error.reason or ""):
            return "its key is the key of another certificate"
        return f"OpenSSL can't read its certificate or its key ({error.reason or error})"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""
