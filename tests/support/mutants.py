"""Pips that nobody knows: one name of pip's changed throughout, so that pip itself still works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from support.environments import Environment

# Where a name means what is meant, in folders of pip's; elsewhere it is somebody else's.
_REQUESTS = ("_vendor/requests", "_vendor/cachecontrol", "_internal/network")
_SCOPES = {
    **dict.fromkeys(("send", "cert_verify"), _REQUESTS),
    **dict.fromkeys(("_pool_connections", "_pool_maxsize", "_pool_block"), _REQUESTS),
    **dict.fromkeys(("init_poolmanager", "proxy_manager_for", "HTTPAdapter"), _REQUESTS),
    "resolve_redirects": _REQUESTS,
    "self.adapters": _REQUESTS,
    "select_proxy": ("_vendor/requests", "_internal"),
    "increment": ("_vendor/urllib3",),
    "connection_pool_kw": ("_vendor/urllib3", "_vendor/requests"),
    "MaxRetryError": ("_vendor/urllib3", "_vendor/requests", "_internal"),
    "assert_fingerprint": ("_vendor/urllib3", "_vendor/requests"),
    "_configure_context": ("_vendor/truststore",),
    "self.controller": ("_vendor/cachecontrol", "_internal/network"),
}
_INTERNAL = ("_internal",)


@dataclass(frozen=True)
class Mutation:
    """What is changed: an attribute, or a module by its dotted name below `pip`.

    `kind`: "renamed", "extended" (one more positional argument, the first), "moved" (a module),
    "deaf" (what the option `cache_dir` says changes nothing, nor does another cache of a session).
    """

    kind: str
    target: str

    @property
    def name(self) -> str:
        """For a test's id."""
        return f"{self.target}-{self.kind}"

    def apply(self, environment: Environment, folder: Path) -> Environment | None:
        """Make a copy with this pip; None where that pip has nothing of the kind."""
        copy = environment.copy(folder)
        pip = copy.site_packages / "pip"
        change = {"renamed": _rename, "extended": _extend, "moved": _move, "deaf": _ignore}[
            self.kind
        ]
        return copy if change(pip, self.target) else None


def _rename(pip: Path, name: str) -> bool:
    found = re.compile(rf"(?<![\w-]){re.escape(name)}\b(?!\.py)")
    return _rewrite(_within(pip, name), lambda text: found.sub(f"{name}_anew", text))


def _extend(pip: Path, name: str) -> bool:
    """Give each function of the name one more argument, and each call."""
    method = re.compile(rf"(\bdef {name}\(\s*self,)")
    function = re.compile(rf"(\bdef {name}\()(?!\s*self)")
    call = re.compile(rf"(?<!def )(?<![\w])({name}\()(?!\))")

    def change(text: str) -> str:
        text = call.sub(r"\1None, ", text)
        text = method.sub(r"\1 anew,", text)
        return function.sub(r"\1anew, ", text)

    return _rewrite(_within(pip, name), change)


def _move(pip: Path, module: str) -> bool:
    """Keep a module under another name."""
    path = pip.joinpath(*module.split("."))
    source = path if path.is_dir() else path.with_suffix(".py")
    if not source.exists():
        return False
    package, _, last = module.rpartition(".")
    source.rename(source.with_name(source.name.replace(last, f"{last}_anew", 1)))
    inside = pip.joinpath(*package.split(".")[:2])
    dotted = re.compile(rf"\bpip\.{re.escape(module)}\b")
    from_package = re.compile(rf"(from pip\.{re.escape(package)} import )({last})\b")
    relative = re.compile(rf"(from \.+(?:\w+\.)*)({last})( import)")
    beside = re.compile(rf"(from \.+ import )({last})\b")

    def everywhere(text: str) -> str:
        text = dotted.sub(f"pip.{module}_anew", text)
        return from_package.sub(r"\1\2_anew as \2", text)

    def here(text: str) -> str:
        text = relative.sub(r"\1\2_anew\3", text)
        return beside.sub(r"\1\2_anew as \2", text)

    _rewrite(pip.rglob("*.py"), everywhere)
    _rewrite(
        (pip.joinpath(*package.split(".")) if "_internal" in module else inside).rglob("*.py"), here
    )
    return True


def _ignore(pip: Path, option: str) -> bool:
    own = 'getattr(__import__("pip._internal.locations", fromlist=["_"]), "USER_CACHE_DIR")'
    found = re.compile(rf"(?<== )options\.{option}$", re.MULTILINE)
    return _rename(pip, "self.controller") and _rewrite(
        (pip / "_internal" / "cli").rglob("*.py"), lambda text: found.sub(own, text)
    )


def _within(pip: Path, name: str) -> Iterator[Path]:
    for folder in _SCOPES.get(name, _INTERNAL):
        yield from (pip / folder).rglob("*.py")


def _rewrite(files: Iterable[Path], change: Callable[[str], str]) -> bool:
    """Change files, which may be links to those of other environments."""
    changed = False
    for file in list(files):
        text = file.read_text("utf-8")
        new = change(text)
        if new != text:
            file.unlink()
            file.write_text(new, "utf-8")
            for code in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
                code.unlink()
            changed = True
    return changed
