"""Ask the operating system for its kind, its proxies, and the roots of Windows around WSL."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from spip import stores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Run = Callable[[Sequence[str]], bytes]

_KERNEL = "/proc/sys/kernel/osrelease"
_PATIENCE = 10  # seconds; Windows takes some to start PowerShell from WSL
# Windows' roots as PEM, out of PowerShell, which every Windows has; -NoProfile: nobody's own code.
# The store lists what is disallowed or disabled for servers too: Windows itself judges each.
_WINDOWS_ROOTS = (
    "Get-ChildItem Cert:\\LocalMachine\\Root,Cert:\\CurrentUser\\Root | ForEach-Object {"
    "$chain = New-Object Security.Cryptography.X509Certificates.X509Chain;"
    "$chain.ChainPolicy.RevocationMode = 'NoCheck';"
    "[void]$chain.ChainPolicy.ApplicationPolicy.Add('1.3.6.1.5.5.7.3.1');"
    "if ($chain.Build($_)) {"
    "'-----BEGIN CERTIFICATE-----';"
    "[Convert]::ToBase64String($_.RawData,'InsertLineBreaks');"
    "'-----END CERTIFICATE-----'}}"
)
# Where each system keeps the address of a proxy script (a PAC file).
_SCRIPT_OF = {
    "windows": (
        "%SystemRoot%\\System32\\reg.exe", "query",
        "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings",
        "/v", "AutoConfigURL",
    ),
    "macos": ("/usr/sbin/scutil", "--proxy"),
    "linux": ("gsettings", "get", "org.gnome.system.proxy", "autoconfig-url"),
}  # fmt: skip
_SCRIPT_URL = re.compile(rb"(?:https?|file)://[^\s'\"]+")
_INSTALL = (
    ("apk", "apk add ca-certificates"),
    ("apt-get", "apt-get install ca-certificates"),
    ("dnf", "dnf install ca-certificates"),
    ("microdnf", "microdnf install ca-certificates"),
    ("yum", "yum install ca-certificates"),
    ("zypper", "zypper install ca-certificates"),
    ("pacman", "pacman -S ca-certificates"),
    ("opkg", "opkg install ca-bundle"),
)


def platform(kernel: str = _KERNEL) -> str:
    """Return "windows", "macos", "wsl" or "linux"; the BSDs count as the last."""
    if stores.system != "linux":
        return stores.system
    with contextlib.suppress(OSError), open(kernel, encoding="ascii", errors="replace") as file:
        if "microsoft" in file.read().lower():
            return "wsl"
    return "linux"


def system_proxies(host: str) -> Mapping[str, str]:
    """Return the proxies of Windows' or macOS' own settings for a host, by scheme."""
    import urllib.request  # 20 ms that no other question needs

    if urllib.request.proxy_bypass(host):
        return {}
    return urllib.request.getproxies()


def proxy_script(system: str, environ: Mapping[str, str], run: Run | None = None) -> str:
    """Return the address of the proxy script that this system goes by, "" for none."""
    for name in ("auto_proxy", "AUTO_PROXY"):
        if environ.get(name):
            return environ[name]
    said = (run or _output_of)(_SCRIPT_OF["linux" if system == "wsl" else system])
    if system == "macos" and b"ProxyAutoConfigEnable : 1" not in said:
        return ""
    found = _SCRIPT_URL.search(said)
    return found[0].decode("ascii", "replace") if found else ""


def windows_roots(run: Run | None = None) -> bytes:
    """Return, inside WSL, the roots of the Windows around it, in PEM; nothing where it is mute."""
    return (run or _output_of)(("powershell.exe", "-NoProfile", "-Command", _WINDOWS_ROOTS))


def install_command() -> str:
    """Return the command that brings this distribution's roots."""
    for program, command in _INSTALL:
        if shutil.which(program):
            return command if sys.platform == "win32" or os.geteuid() == 0 else f"sudo {command}"
    return "install your distribution's package ca-certificates"


def update_roots_command() -> str:
    """Return the command that brings them up to date."""
    return (
        install_command().replace(" add ", " add --upgrade ").replace("dnf install", "dnf upgrade")
    )


def _output_of(command: Sequence[str]) -> bytes:
    """Return what a command prints; nothing where it is missing, fails to start or hangs."""
    program = shutil.which(os.path.expandvars(command[0]))
    if program is None or not os.path.isabs(program):  # nothing is run out of the current folder
        return b""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        ).stdout
    return b""
