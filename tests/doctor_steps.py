"""The next step of each situation: followed in a shell, word for word, or why it can't be here.

What a step leaves open (FILE, USER:PASSWORD, HOST:PORT) is filled with what the situation gives.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doctor_world import NOWHERE
from support.run import clean_environment
from support.terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doctor_situations import Way

_SPIP = f"{shlex.quote(sys.executable)} -m spip"
_OPEN = re.compile(r"\b(?:FILE|USER:PASSWORD|HOST:PORT)\b")
_WRITTEN = "report.html"


@dataclass(frozen=True)
class Followed:
    """What was pasted, how that ended, what the doctor says then, and whether pip works."""

    pasted: str
    code: int
    after: dict[str, Any]
    pip_works: bool
    wrote: str
    said: str


def command(step: str, way: Way) -> str:
    """Take the command, which stands alone or behind two blanks."""
    return _OPEN.sub(lambda _: way.given, step.rpartition("  ")[2])


def written(step: str, _: Way) -> str:
    """Take a report's command, the file being one here."""
    return command(step, _given(_WRITTEN))


def named(step: str, way: Way) -> str:
    """Do as "write  URL  in VARIABLE" says."""
    url, variable = re.findall(r"(http\S+)  in (\w+)", step)[0]
    return f"export {variable}={_OPEN.sub(lambda _: way.given.partition('://')[2], url)}"


def given(step: str, way: Way) -> str:
    """Put what was asked for, or corrected, into the variable that the step names."""
    return f"export {re.findall(r'[A-Z]+_PROXY', step)[0]}={way.given}"


def removed(step: str, _: Way) -> str:
    """Take away the variable that the step names."""
    return f"unset {re.findall(r'remove ([A-Z_]+)', step)[0]}"


def replaced(_: str, way: Way) -> str:
    """Put the new root in the place of the old one."""
    return f'cp {way.given} "$SPIP_CA_BUNDLE"'


def option(step: str, _: Way) -> str:
    """Give pip the option that stands behind two blanks."""
    return f"PIP_OPTIONS='{step.rpartition('  ')[2]}'"


def edited(step: str, _: Way) -> str:
    """Do as "write  SETTING  in line N of FILE" says."""
    setting, line, path = re.findall(r"write  (.+?)  in line (\d+) of (\S+)", step)[0]
    return f"sed -i {shlex.quote(f'{line}s|.*|{setting}|')} {path}"


def _given(what: str) -> Way:
    from doctor_situations import Way

    return Way("", given=what)


# What makes a command of the sentence, by situation.
FOLLOWED: dict[str, Callable[[str, Way], str]] = {
    "company-root-unknown": command,
    "self-signed-leaf-in-a-variable": option,
    "root-renewed-with-another-key": replaced,
    "root-renewed-with-a-key-that-the-leaf-names": command,
    "root-expired": command,
    "alert-that-nobody-knows": written,
    "client-certificate-wanted": command,
    "client-certificate-missing": command,
    "index-over-http": option,
    "proxy-gone": removed,
    "proxy-called-https": named,
    "proxy-called-http": named,
    "proxy-called-socks": given,
    "proxy-is-no-url": named,
    "proxy-with-unknown-root": command,
    "proxy-wants-a-login": command,
    "proxy-refuses-the-login": given,
    "proxy-by-script-only": command,
    "root-in-a-file-that-others-may-write-to": command,
    "root-in-a-file-in-quotes": command,
    "path-of-a-bundle-in-quotes-in-pips-file": edited,
    "root-in-a-variable-of-node": command,
    "root-in-npmrc": command,
    "root-in-npms-file-for-all-users": command,
    "root-left-by-an-agent": command,
    "root-without-key-usage": written,
}
# Steps after which the report lies there: it is for somebody else to read.
REPORTS = {"alert-that-nobody-knows", "root-without-key-usage"}

_SERVER = "whoever runs the server has to change it; nothing on this machine does"
_NETWORK = "IT has to change the network"
_LOOK = "the reader has to look at an address of their own; the one that is right isn't known here"
_TIME = "the clock of this machine is the tests' as well"
NOT_FOLLOWED: dict[str, str] = {
    "self-signed-leaf": _SERVER,
    "intermediate-not-sent": _SERVER,
    "leaf-expired": _SERVER,
    "intermediate-expired": _SERVER,
    "leaf-not-yet-valid": "time has to pass, or whoever runs the server has to change it",
    "openssl-that-refuses-der": "another OpenSSL would have to be installed",
    "clock-behind": _TIME,
    "clock-ahead": _TIME,
    "certificate-for-another-host": _LOOK,
    "key-too-short": _SERVER,
    "signed-with-sha1": _SERVER,
    "dates-that-are-none": _SERVER,
    "certificate-for-clients": _SERVER,
    "authority-for-other-names-only": "IT has to sign anew",
    "name-not-served": _LOOK,
    "error-inside-of-the-server": _SERVER,
    "server-hello-without-content": _NETWORK,
    "short-diffie-hellman-key": _SERVER,
    "only-tls-1-1": _SERVER,
    "only-an-old-cipher": _SERVER,
    "client-certificate-refused": "whoever runs the server has to give another certificate",
    "closed-in-the-handshake": _NETWORK,
    "reset-in-the-handshake": _NETWORK,
    "silent-in-the-handshake": _NETWORK,
    "plain-http-on-the-port": _LOOK,
    "another-service-on-the-port": _LOOK,
    "no-http-inside-of-tls": _LOOK,
    "cut-in-the-answer": _NETWORK,
    "nobody-answers": _NETWORK,
    "page-never-comes": _NETWORK,
    "name-unknown": _LOOK,
    "nothing-listens": _LOOK,
    "no-way-there": "this machine would have to go online",
    "index-answers-403": _LOOK,
    "proxy-wants-ntlm": "a helper that speaks NTLM would have to be set up",
    "proxy-forbids": _NETWORK,
    "proxy-cannot-reach": _NETWORK,
    "network-wants-a-login": "a person has to log in with a browser",
    "ten-megabytes-of-certificates": _SERVER,
}


def surroundings(way: Way, folder: Path) -> dict[str, str]:
    """Return a private world for the doctor, before and after: home and settings lie in it."""
    return {
        "HOME": str(folder),
        "PIP_CONFIG_FILE": str(folder / "no-pip.conf"),  # the null device would hide what is set
        **way.env,
    }


def follow(name: str, step: str, way: Way, folder: Path) -> Followed:
    """Paste the step into a shell, then ask pip and the doctor in the same shell."""
    pasted = FOLLOWED[name](step, way)
    lines = [
        f"cd {shlex.quote(str(folder))}",
        pasted,
        "echo $? >step.code",
        f"{_SPIP} doctor {way.index} --json >after.json",
    ]
    if way.index != NOWHERE and name not in REPORTS:
        download = f"download -q --no-deps --no-cache-dir -d got --index-url {way.index} demo"
        lines.append(f"{_SPIP} {download} $PIP_OPTIONS && touch pip.works")
    env = clean_environment(folder) | surroundings(way, folder)
    _, said = at_terminal(["sh", "-c", "\n".join(lines)], env, "yes")
    return Followed(
        pasted=pasted,
        code=int((folder / "step.code").read_text("utf-8")),
        after=json.loads((folder / "after.json").read_text("utf-8")),
        pip_works=(folder / "pip.works").exists(),
        wrote=_report(folder),
        said=said,
    )


def _report(folder: Path) -> str:
    """Return the page that was written, "" without one."""
    file = folder / _WRITTEN
    return file.read_text("utf-8") if file.exists() else ""


def outcome(name: str, cause: str, followed: Followed | None) -> str:
    """Say in a few words what came of it."""
    if followed is None:
        return f"not followed: {NOT_FOLLOWED[name]}"
    if name in REPORTS:
        return "the report is written" if cause in followed.wrote else "NO REPORT"
    if followed.code:
        return f"THE STEP ENDED WITH {followed.code}"
    if followed.pip_works:
        return "pip works"
    left = [each["cause"] for each in followed.after["findings"] if each["weight"] == "problem"]
    return "IT STAYS" if cause in left else f"gone; then {', '.join(left) or 'nothing'}"
