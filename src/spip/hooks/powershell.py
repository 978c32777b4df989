"""PowerShell's profiles, and whether the execution policy lets them run.

A profile that isn't allowed to run prints an error at each start, so the policy is asked first.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.hooks import on_path

if TYPE_CHECKING:
    from spip.hooks.where import World

# Windows PowerShell 5.1 and PowerShell 7 read profiles of their own.
_PROGRAMS = ("pwsh", "powershell")
# Microsoft, about_Execution_Policies: neither runs a script that nobody signed.
_FORBID = {"restricted", "allsigned"}


def profiles(world: World) -> list[str]:
    """The profile of each PowerShell that is there. SpipError where one may not run it."""
    which = "AllUsersAllHosts" if world.system else "CurrentUserAllHosts"
    found = []
    for program in _PROGRAMS:
        path = on_path.found(program, world.environ.get("PATH"))
        if path:
            policy, profile = _asked(path, which)
            _see_to_policy(program, policy)
            found.append(profile)
    if not found:
        raise SpipError("no PowerShell is on PATH (looked for pwsh and powershell)")
    return found


def _asked(path: str, which: str) -> tuple[str, str]:
    plainly = "[Console]::OutputEncoding = [Text.Encoding]::UTF8"
    question = f"{plainly}; Get-ExecutionPolicy; $PROFILE.{which}"
    command = [path, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", question]
    try:
        said = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
        ).stdout.decode("utf-8-sig")
        policy, profile = said.splitlines()[:2]
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise SpipError(f"{path} does not say where its profile is: {error}") from error
    return policy.strip(), profile.strip()


def _see_to_policy(program: str, policy: str) -> None:
    if policy.lower() not in _FORBID:
        return
    raise SpipError(
        f"the execution policy of {program} is {policy}, so a profile would print an error at "
        f"each start; nothing was changed",
        f"{program} -Command Set-ExecutionPolicy -Scope CurrentUser RemoteSigned",
    )
