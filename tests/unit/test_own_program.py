"""Windows: spip.exe can't be replaced while it runs.

pip's modules are stood in for: the real ones are the same on every system, and only the name of the
program differs.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from spip import run as spip_run
from spip.bridge import install_limits
from spip.bridge.patches import Patches
from spip.target import Target

COMMAND = "py -m spip install --upgrade spip-shim"


class CommandError(Exception):
    """pip's own name for an error that it prints."""


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`pip._internal.commands.install`, with what the guard looks at."""
    exceptions = ModuleType("pip._internal.exceptions")
    vars(exceptions)["CommandError"] = CommandError
    module = ModuleType("pip._internal.commands.install")
    vars(module)["install_given_reqs"] = lambda requirements, **_: list(requirements)
    vars(module)["protect_pip_from_modification_on_windows"] = _refuse
    for each in (exceptions, module):
        monkeypatch.setitem(sys.modules, each.__name__, each)
    uninstall = ModuleType("pip._internal.commands.uninstall")
    vars(uninstall)["UninstallCommand"] = UninstallCommand
    monkeypatch.setitem(sys.modules, uninstall.__name__, uninstall)
    return module


@pytest.fixture
def install(unguarded: ModuleType) -> ModuleType:
    install_limits.guard_own_program(patches(), COMMAND)
    return unguarded


def patches() -> Patches:
    return Patches(SimpleNamespace(debug=lambda _: None))  # type: ignore[arg-type]


class UninstallCommand:
    """Takes what pip's takes."""

    def run(self, options: object, args: object) -> int:
        """Uninstall nothing."""
        del options, args
        return 0


def _refuse(*, modifying_pip: bool) -> None:
    raise AssertionError(modifying_pip)


def named(*names: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(name=name) for name in names]


@pytest.mark.parametrize("name", ["spip-shim", "spip_shim", "Spip.Shim"])
def test_installing_spip_stops_before_anything_changed(install: ModuleType, name: str) -> None:
    with pytest.raises(CommandError, match="can't replace itself") as caught:
        install.install_given_reqs(named("requests", name), root=None)
    assert COMMAND in str(caught.value)


def test_it_stops_also_where_nothing_can_be_imported_any_more(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip 25 and newer allow no import once they install; the refusal was lost with its own."""
    monkeypatch.setitem(sys.modules, "spip.bridge.stop_run", None)
    monkeypatch.delattr("spip.bridge.stop_run", raising=False)
    with pytest.raises(CommandError, match="can't replace itself"):
        install.install_given_reqs(named("spip-shim"), root=None)


@pytest.mark.parametrize("name", ["spip", "spip-shimmer", "pip", "requests"])
def test_installing_anything_else_goes_on(install: ModuleType, name: str) -> None:
    wanted = named(name)
    assert install.install_given_reqs(wanted, root=None) == wanted


def test_another_environment_may_get_a_spip_of_its_own(
    unguarded: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused, with a command that would have acted on spip's own environment."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        command = spip_run._without_program([], Target("python.exe", ""), by_module=False)
    assert command is not None
    install_limits.guard_own_program(patches(), command)
    wanted = named("spip-shim")
    assert unguarded.install_given_reqs(wanted, root=None) == wanted
    assert unguarded.protect_pip_from_modification_on_windows(modifying_pip=True) is None


def test_pip_may_be_upgraded_since_its_program_does_not_run(install: ModuleType) -> None:
    assert install.protect_pip_from_modification_on_windows(modifying_pip=True) is None


@pytest.mark.parametrize("word", ["spip-shim", "Spip_Shim==1.0", "spip.shim [extra]"])
def test_uninstalling_spip_stops(install: ModuleType, word: str) -> None:
    assert install
    command = sys.modules["pip._internal.commands.uninstall"].UninstallCommand()
    with pytest.raises(CommandError):
        command.run(None, ["requests", word])
    assert command.run(None, ["requests"]) == 0
