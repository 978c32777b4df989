"""Look up what OpenSSL's reason for a failed handshake means, in data/tls_reasons.toml."""

from __future__ import annotations

import re
from functools import cache

from spip import data

# As Python prints an ssl.SSLError: "[SSL: NAME] text (_ssl.c:1006)".
_PRINTED = re.compile(r"\[SSL[^\]]*\] ?(?P<text>.*?)(?: \(_ssl\.c:\d+\)|$)")
# An alert that the other side sent. Its name begins in another way in each generation of OpenSSL.
_ALERT = re.compile(r"(?:(?:sslv3|ssl/tls|tlsv13?) (?:alert )?|tls alert )(?P<name>.+)")


def openssl_reason(text: str) -> str:
    """Return OpenSSL's own words in the text of an error; "alert NAME" for what was sent here."""
    printed = _PRINTED.search(text)
    said = printed["text"] if printed else text.strip()
    alert = _ALERT.fullmatch(said)
    return f"alert {alert['name']}" if alert else said


def alert_name(text: str) -> str:
    """Return the name of the alert that the other side sent, "" where it sent none."""
    said = openssl_reason(text)
    return said.removeprefix("alert ") if said.startswith("alert ") else ""


def find_cause(text: str) -> tuple[str, str]:
    """Return the cause that an error's text means and which of its words; "", "" for none."""
    return _causes().get(openssl_reason(text).lower(), ("", ""))


def why_no_cause(text: str) -> str:
    """Return why a reason has no cause, "" where it has one or nobody looked it up."""
    return _without().get(openssl_reason(text).lower(), "")


@cache
def _causes() -> dict[str, tuple[str, str]]:
    return {
        each.lower(): (name, "" if words == "reasons" else words)
        for name, groups in data.table("tls_reasons")["causes"].items()
        for words, group in groups.items()
        for each in group
    }


@cache
def _without() -> dict[str, str]:
    table = data.table("tls_reasons")["no-cause"].values()
    return {each.lower(): group["why"] for group in table for each in group["reasons"]}
