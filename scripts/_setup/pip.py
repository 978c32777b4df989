"""The pip inside an environment that is being built, and how the user has configured it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from typing import TYPE_CHECKING

from _setup import network, roots
from _setup.environment import interpreter, site_packages
from _setup.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping


def version(folder: str) -> tuple[int, ...]:
    """Return the pip's version, as far as it is numbers; () where there is no pip."""
    for entry in os.listdir(site_packages(folder)):
        found = re.fullmatch(r"pip-(\d+(?:\.\d+)*).*\.dist-info", entry)
        if found:
            return tuple(map(int, found[1].split(".")))
    return ()


def configuration(folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip's configuration files say to `pip install`, by option.

    {} where pip can't read them: its next command will say why it can't.
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


def parsed(listed: str) -> dict[str, str]:
    """Return values by option from the output of `pip config list`; a command's own win."""
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        if section in sections:
            sections[section][option] = _literal(value)
    return {**sections["global"], **sections["install"]}


def _literal(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def environment(
    folder: str, environ: Mapping[str, str], configured: Mapping[str, str], bundle: str
) -> dict[str, str]:
    """Write all roots that count here to the file `bundle`; return variables for this pip."""
    certifi = os.path.join(site_packages(folder), "pip", "_vendor", "certifi", "cacert.pem")
    found = roots.found(environ, configured.get("cert"), certifi)
    for notice in found.notices:
        say(notice)
    with open(bundle, "w", encoding="ascii") as file:
        file.write(found.pem)
    return network.trusting(network.settled(environ, configured), bundle)
