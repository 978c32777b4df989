"""Install or remove the hook that is chosen, and say what was done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spip.hooks import install as hook_files
from spip.hooks import status
from spip.hooks.install import Removal

if TYPE_CHECKING:
    from spip.hooks.install import Hook
    from spip.hooks.shell_hooks import World
    from spip.hooks.shells import Shell


@dataclass(frozen=True)
class Selection:
    """Which hook is meant. `shell`, `venv`, `conda`, `python`: "" where not named."""

    shell: str = ""
    venv: str = ""
    conda: str = ""
    python: str = ""
    system: bool = False


def install(selection: Selection, *, dry_run: bool = False) -> None:
    """Install the hook, or only show the changes. Raises SpipError."""
    hook = _hook(selection)
    if dry_run:
        status.print_differences(hook_files.planned(hook))
    else:
        status.print_installed(hook, hook_files.install(hook), selection)


def remove(selection: Selection, *, dry_run: bool = False) -> None:
    """Remove the hook, or only show the changes. Raises SpipError."""
    removal = _removal(selection)
    if dry_run:
        status.print_differences(hook_files.planned_removal(removal))
    else:
        status.print_removed(hook_files.remove(removal))


def _hook(selection: Selection) -> Hook:
    from spip.hooks import spip_command

    program = spip_command.this()
    if selection.venv:
        from spip.hooks import environments

        return environments.venv_hook(selection.venv, program)
    if selection.conda:
        from spip.hooks import environments

        prefix = environments.conda_prefix(selection.conda, os.environ)
        return environments.conda_hook(prefix, program)
    if selection.python:
        from spip.hooks import python

        return python.hook(selection.python)
    from spip.hooks import shell_hooks

    return shell_hooks.rc_file_hook(_shell(selection), program, _world(selection))


def _shell(selection: Selection) -> Shell:
    from spip.hooks import detect_shell, shells

    if selection.shell:
        return shells.named(selection.shell)
    return detect_shell.shell(os.environ)


def _world(selection: Selection) -> World:
    from spip.hooks import shell_hooks

    return shell_hooks.everybody() if selection.system else shell_hooks.this_user()


def _removal(selection: Selection) -> Removal:
    if selection.venv:
        return _removal_from_venv(selection.venv)
    if selection.conda:
        return _removal_from_conda(selection.conda)
    if selection.python:
        return _removal_from_python(selection.python)
    from spip.hooks import shell_hooks, shells

    world = _world(selection)
    names = [shells.named(selection.shell).name] if selection.shell else list(shells.SHELLS)
    others = [(path, name) for name in names for path in shell_hooks.rc_files(name, world)]
    return Removal(world.folder, world.bounds, lambda owner: owner in names, others)


def _removal_from_venv(venv: str) -> Removal:
    from spip.hooks import environments

    bounds = environments.venv_bounds(venv)
    others = [(path, "venv") for path in environments.scripts(venv) if bounds.has_edit(path)]
    return Removal(environments.venv_folder(venv), bounds, lambda owner: owner == "venv", others)


def _removal_from_conda(conda: str) -> Removal:
    from spip.hooks import environments

    prefix = environments.conda_prefix(conda, os.environ)
    bounds = environments.conda_bounds(prefix)
    return Removal(environments.conda_folder(prefix), bounds, lambda owner: owner == "conda")


def _removal_from_python(path: str) -> Removal:
    from spip.hooks import python

    packages = python.packages(path)
    bounds = python.bounds(packages)
    return Removal(python.folder(packages), bounds, lambda owner: owner == "python")
