"""Ask the target's interpreter once what it and its pip are, and which sources count for it."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spip import target as targets
from spip import versions
from spip.environment import system
from spip.environment.pip_settings import effective_settings
from spip.errors import SpipError
from spip.probe.proxies import ProxySettings
from spip.standalone import single_file
from spip.text import printable
from spip.trust import sources_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.environment.pip_settings import Settings
    from spip.sources import Source
    from spip.target import Target

# Seconds for an interpreter to start and say what it is; a cold disk takes some.
_PATIENCE = 30


@dataclass(frozen=True)
class Pip:
    """A pip. `settings` holds (section, key, value, file, kind) in the order of pip's reading.

    `default_index` is the URL that it takes without any setting, `default_files` the host of that
    index's files.
    """

    version: str
    path: str
    settings: tuple[tuple[str, str, str, str, str], ...] = field(default=(), repr=False)
    settings_problem: str = ""
    default_index: str = ""
    default_files: str = ""
    certifi: str = ""
    certifi_version: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The first two numbers of the version, to compare."""
        return versions.numbers(self.version)[:2]


@dataclass(frozen=True)
class Facts:
    """An interpreter and its pip (None: it has none). `ssl_problem`: why it has no ssl.

    `refuses_der`: what it says of a root that it can load, "" for nothing.
    """

    python: str
    rule: str
    version: tuple[int, ...]
    prefix: str
    is_environment: bool
    built: str
    is_conda: bool
    system: str
    ssl_version: str
    ssl_problem: str
    ssl_file: str
    pip: Pip | None
    has_ensurepip: bool = True
    refuses_der: str = ""

    @property
    def shown_version(self) -> str:
        """As in 3.10.13."""
        return ".".join(map(str, self.version))


def read_facts(target: Target, environ: Mapping[str, str]) -> Facts:
    """Return the facts about a target. Raises SpipError where it can't be started."""
    python = target.python or sys.executable
    said = _run_in_target(python, environ)
    pip = said["pip"]
    if pip is None and tuple(said["version"]) >= (3, 10):
        pip = _own_pip(environ)  # takes its place
    return _facts(said, pip, target.rule)


def _own_pip(environ: Mapping[str, str]) -> Any:
    """What spip's own pip says; None where there is none."""
    single = single_file.running
    if single is None:
        return _run_in_target(sys.executable, environ)["pip"]
    from spip.standalone import carried_pip

    try:
        folder = carried_pip.pip(single)
    except SpipError:  # no place to unpack it: the command says so
        return None
    path = os.pathsep.join(filter(None, (folder, environ.get("PYTHONPATH"))))
    return _run_in_target(sys.executable, {**environ, "PYTHONPATH": path})["pip"]


def _run_in_target(python: str, environ: Mapping[str, str]) -> dict[str, Any]:
    code = (pkgutil.get_data(__package__, "in_target.py") or b"").decode("ascii")
    kept = {name: environ[name] for name in environ if name != "__PYVENV_LAUNCHER__"}
    # With -c the current folder, which may be anybody's, comes first, and Python 3.13 imports
    # modules before the first statement; 3.11 and newer obey this, and nothing else changes.
    kept["PYTHONSAFEPATH"] = "1"
    try:
        done = subprocess.run(
            [python, "-c", code],
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
        said: dict[str, Any] = json.loads(done.stdout.decode("ascii"))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SpipError(
            f"{python} can't say what it is: {_last_line(error)}",
            "set SPIP_PYTHON to the path of a Python that starts",
        ) from error
    return said


def _last_line(error: Exception) -> str:
    printed = getattr(error, "stderr", None) or b""
    lines = printed.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[-1] if lines else str(error))


def _facts(said: Mapping[str, Any], pip: Mapping[str, Any] | None, rule: str) -> Facts:
    tls = said["ssl"]
    return Facts(
        python=said["executable"],
        rule=rule,
        version=tuple(said["version"]),
        prefix=said["prefix"],
        is_environment=said["prefix"] != said["base_prefix"],
        built=said["built"],
        is_conda=said["is_conda"],
        system=said["system"],
        ssl_version=tls.get("version", ""),
        ssl_problem=tls.get("error", ""),
        ssl_file=tls.get("file", ""),
        pip=_pip(pip) if pip else None,
        has_ensurepip=said["ensurepip"],
        refuses_der=printable(tls.get("der", "")),
    )


def _pip(said: Mapping[str, Any]) -> Pip:
    certifi, default = said.get("certifi", {}), said.get("default", {})
    return Pip(
        version=said["version"],
        path=said["path"],
        settings=tuple((s, k, v, file, kind) for s, k, v, file, kind in said.get("settings", ())),
        settings_problem=printable(said.get("settings_error", ""), 300),
        default_index=default.get("index", ""),
        default_files=default.get("files", ""),
        certifi=certifi.get("path", ""),
        certifi_version=certifi.get("version", ""),
    )


@dataclass(frozen=True)
class Environment:
    """The target, and each source that counts for it."""

    facts: Facts
    settings: Settings
    sources: tuple[Source, ...]
    notices: tuple[str, ...]


def read_environment(environ: Mapping[str, str], *, by_module: bool) -> Environment:
    """Ask the target for its pip's certifi and settings. Raises SpipError where it is mute.

    `by_module`: whether this run was started as `PYTHON -m spip`.
    """
    target = targets.resolve(environ, targets.this_home(), by_module=by_module)
    facts = read_facts(target, environ)
    found = effective_settings(facts.pip, environ)
    cert = found.get("cert")
    # `trust` knows the variable by itself, and calls it by its name.
    from_file = cert.value if cert and cert.file else None
    pip_certifi = facts.pip.certifi if facts.pip and facts.pip.certifi else None
    sources = tuple(sources_in_force.sources(environ, from_file, pip_certifi))
    return Environment(facts, found, sources, tuple(target.notices))


def proxy_settings(found: Settings, pip: Pip | None, environ: Mapping[str, str]) -> ProxySettings:
    """Return where this pip takes its proxy from."""
    proxy = found.get("proxy")
    return ProxySettings(
        environ=environ,
        setting=proxy.value if proxy else "",
        setting_named_by=proxy.named_by if proxy else "",
        pip_version=pip.numbers if pip else (99,),
        environment_off=found.is_on("no-proxy-env"),
        system=system.system_proxies,
    )
