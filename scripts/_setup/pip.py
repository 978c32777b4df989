"""The pip inside an environment that is being built, and how the user has configured it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from typing import TYPE_CHECKING

from _setup import network
from _setup.environment import interpreter, site_packages
from _setup.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where to install to, said in a configuration file; an empty option puts it out of force.
_ELSEWHERE = ("target", "prefix", "root", "python")


def version(folder: str) -> tuple[int, ...]:
    """Return the pip's version, as far as it is numbers; () where there is no pip."""
    for entry in os.listdir(site_packages(folder)):
        found = re.fullmatch(r"pip-(\d+(?:\.\d+)*).*\.dist-info", entry)
        if found:
            return tuple(map(int, found[1].split(".")))
    return ()


def configuration(folder: str, environ: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what pip's configuration files say, by option; {} where pip can't read them.

    Its next command will say why it can't.
    """
    done = subprocess.run(
        [interpreter(folder), "-m", "pip", "config", "list"],
        env=network.cleaned(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return parsed(done.stdout.decode("utf-8", "replace"))


def parsed(listed: str) -> dict[str, list[str]]:
    """Return values by option from the output of `pip config list`, as far as they hold here."""
    found: dict[str, list[str]] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in {"global", "install"}:
            found.setdefault(option, []).append(_literal(value))
    return found


def _literal(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def options(configured: Mapping[str, list[str]]) -> list[str]:
    """Return the options that keep a configuration file from sending packages elsewhere."""
    return [f"--{option}=" for option in _ELSEWHERE if option in configured]


def environment(
    folder: str, environ: Mapping[str, str], configured: Mapping[str, list[str]], bundle: str
) -> dict[str, str]:
    """Write all roots that count here to the file `bundle`; return variables that point to it."""
    files = [os.path.join(site_packages(folder), "pip", "_vendor", "certifi", "cacert.pem")]
    said = [("cert in pip's configuration", path) for path in configured.get("cert", ())]
    for source, path in (*network.named(environ), *said):
        if network.holds_certificates(path):
            files.append(path)
        else:
            say(f"{source} names {path}, which holds no certificate that can be read: passed over")
    with open(bundle, "wb") as file:
        file.write(network.bundle(files))
    return network.trusting(environ, bundle)
