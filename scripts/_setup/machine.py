"""Install what the operating system's own packages have to bring, where that is allowed."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where programs lie that an ordinary user's PATH leaves out.
_SBIN = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))


@dataclass(frozen=True)
class Manager:
    """A package manager: how it installs, and what it calls the things that are needed.

    `refresh` brings its lists up to date; `programs` are what the tests start, each with its
    package.
    """

    install: tuple[str, ...]
    refresh: tuple[str, ...]
    programs: dict[str, str]


# The shells whose hooks are tested, and what tells whether they start processes.
_SHELLS = {name: name for name in ("bash", "zsh", "fish", "dash", "tcsh", "strace")}
_COMMON = {
    "openssl": "openssl",
    "curl": "curl",
    "git": "git",
    "ps": "procps",
    "unshare": "util-linux",
    "valgrind": "valgrind",
    **_SHELLS,
}
# What runs Windows' programs: the tests of spip on Windows. It is the processor that runs them.
_WINDOWS = {"wine": "wine", "wineserver": "wine64", "xvfb-run": "xvfb", "xauth": "xauth"}
_MANAGERS = (
    Manager(
        ("apt-get", "install", "--yes", "--no-install-recommends"),
        ("apt-get", "update"),
        {
            **_COMMON,
            "ksh": "ksh",
            "direnv": "direnv",
            "update-ca-certificates": "ca-certificates",
            **(_WINDOWS if platform.machine() == "x86_64" else {}),
        },
    ),
    Manager(
        ("dnf", "install", "--assumeyes"),
        ("dnf", "makecache"),
        {**_COMMON, "ps": "procps-ng", "update-ca-trust": "ca-certificates"},
    ),
    Manager(
        ("apk", "add"),
        ("apk", "update"),
        {**_COMMON, "update-ca-certificates": "ca-certificates"},
    ),
    Manager(
        ("zypper", "--non-interactive", "install"),
        ("zypper", "--non-interactive", "refresh"),
        {**_COMMON, "update-ca-certificates": "ca-certificates"},
    ),
)


def manager() -> Manager | None:
    """Return this machine's package manager; None where it has none of those known here."""
    return next((each for each in _MANAGERS if shutil.which(each.install[0])), None)


def certificates() -> str:
    """Return what a person would type to have the public CA certificates on this machine."""
    found = manager()
    if not found:
        return "install this system's CA certificates, or name a file by SPIP_CA_BUNDLE"
    # A fresh machine has no lists of packages yet.
    both = " && ".join((" ".join(found.refresh), " ".join((*found.install, "ca-certificates"))))
    if _is_root():
        return both
    return f"sudo sh -c '{both}'" if shutil.which("sudo") else f"su -c '{both}'"


def missing_packages(found: Manager) -> list[str]:
    """Return the packages whose programs the tests need and this machine lacks."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), _SBIN))
    absent = (
        package for name, package in found.programs.items() if not shutil.which(name, path=path)
    )
    return sorted(set(absent))


def command(found: Manager, packages: Sequence[str]) -> str:
    """Return what a person would type to install these."""
    sudo = "" if _is_root() else "sudo "
    return sudo + " ".join((*found.install, *packages))


def may_install(environ: Mapping[str, str]) -> bool:
    """Whether packages may be installed without a question: as root, on a machine of CI's.

    A person's machine is theirs, root's shell or not, and `sudo` that asks nothing is no leave.
    """
    return _is_root() and environ.get("CI", "").lower() not in {"", "0", "false"}


def install(found: Manager, packages: Sequence[str]) -> bool:
    """Install these where that is allowed without a question; whether that went well."""
    prefix = _permission()
    if prefix is None:
        return False
    wanted = (*prefix, *found.install, *packages)
    # A fresh container has no lists yet: then the first try fails, and the second has them.
    return _run(wanted) or (_run((*prefix, *found.refresh)) and _run(wanted))


def _permission() -> tuple[str, ...] | None:
    if _is_root():
        return ()
    asked = ("sudo", "-n", "true")
    return ("sudo", "-n") if shutil.which("sudo") and _run(asked) else None


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _run(argv: Sequence[str]) -> bool:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.returncode == 0
