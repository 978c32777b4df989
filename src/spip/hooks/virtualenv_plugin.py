"""virtualenv's plugin point "virtualenv.activate": install the hook in new environments.

A plugin is active by mere installation and is given no promise about its turn, so this one does
nothing unless it is the only activator that was asked for (`VIRTUALENV_ACTIVATORS=spip`, or
`activators = spip` in virtualenv.ini). Then it renders all that virtualenv would, and its own line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from virtualenv import activation
from virtualenv.activation.activator import Activator

if TYPE_CHECKING:
    from pathlib import Path


class SpipActivator(Activator):  # type: ignore[misc]  # virtualenv is not installed beside mypy
    """All of virtualenv's own activators, and the hook."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._options = options
        self._is_asked_for = options.activators == ["spip"]

    def generate(self, creator: Any) -> list[Path]:
        """Write the scripts of one new environment; their paths."""
        if not self._is_asked_for:
            return []
        made = [path for each in self._others(creator) for path in each.generate(creator)]
        from spip.hooks import environments, install, spip_command

        install.install(environments.venv_hook(str(creator.dest), spip_command.beside_this()))
        return made

    def _others(self, creator: Any) -> list[Activator]:
        """virtualenv's own, each where it says that it suits the interpreter."""
        found = (getattr(activation, name) for name in activation.__all__)
        return [each(self._options) for each in found if each.supports(creator.interpreter)]
