"""What a new machine takes over from this one, as an administrator would set it up.

Without it, it reaches no registry on a network with an index, a proxy or a root of its own: the
mirror, pip's settings, the proxy variables, how names are resolved, and the roots of the operating
system's store, in one file.
"""

from __future__ import annotations

import ast
import glob
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from _setup import roots as of_this_machine
from spip.errors import SpipError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Where Debian's administrators put a root. `update-ca-certificates` isn't there yet to read it.
ROOTS = "/usr/local/share/ca-certificates/of-the-company.crt"
_SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*")
_MIRROR = re.compile(r"(?m)^(?:URIs:|deb(?: +\[[^]]*\])?) *(https?://\S+/debian/?)(?:\s|$)")
_PIPS = ("index-url", "extra-index-url", "find-links", "proxy", "timeout", "default-timeout")
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_NAMES = ("/etc/resolv.conf", "/etc/hosts")


def mirror() -> str:
    """Return the mirror that this machine's apt uses; SpipError where it names none of Debian's."""
    files = (file for pattern in _SOURCES for file in sorted(glob.glob(pattern)))
    found = next((match[1] for file in files for match in _MIRROR.finditer(_text(file))), "")
    if not found:
        raise SpipError("no mirror of Debian in this machine's apt sources", "name it by --mirror")
    return found


def files(roots_at: str, roots: str) -> dict[str, str]:
    """Return the files to write there, by path; `roots` names a file in place of this store."""
    bundle = _text(roots) if roots else of_this_machine.found({}, None, None).pem
    settings = "".join(f"{name} = {value}\n" for name, value in pip_settings().items())
    names = {file: _text(file) for file in _NAMES if os.path.exists(file)}
    return {roots_at: bundle, "/etc/pip.conf": f"[global]\n{settings}", **names}


def proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name proxies."""
    return {name: value for name, value in environ.items() if name.lower() in _PROXIES}


def pip_settings() -> dict[str, str]:
    """Return what this machine's pip is told about where to fetch from."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return reaching(done.stdout.splitlines())


def reaching(lines: Iterable[str]) -> dict[str, str]:
    """Return from `pip config list` what holds elsewhere too: no path of this machine's."""
    found = {}
    for line in lines:
        key, _, value = line.partition("=")
        name = key.rpartition(".")[2]
        words = [word for word in str(_value(value)).split() if _holds_elsewhere(word)]
        if name in _PIPS and words:
            found[name] = " ".join(words)
    return found


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def _holds_elsewhere(word: str) -> bool:
    return word.isdigit() or re.match(r"https?://", word) is not None


def _text(file: str) -> str:
    with open(file, encoding="utf-8", errors="surrogateescape") as opened:
        return opened.read()
