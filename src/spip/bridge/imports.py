"""Act on a module right after somebody else imported it, without importing it early."""

import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Callable, Optional


class _After:
    def __init__(self, name: str, act: "Callable[[Any], None]") -> None:
        self.name = name
        self.act = act

    def find_spec(self, fullname: str, path: "Any" = None, target: "Any" = None) -> "Optional[Any]":
        if fullname != self.name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._extend(spec.loader)
        return spec

    def _extend(self, loader: "Any") -> None:
        run_module = loader.exec_module

        def run_then_act(module: "Any") -> None:
            run_module(module)
            self.act(module)

        loader.exec_module = run_then_act


def after(name: str, act: "Callable[[Any], None]") -> None:
    """Call `act(module)` once, when the module `name` has been imported from a path."""
    if name in sys.modules:
        act(sys.modules[name])
    else:
        sys.meta_path.insert(0, _After(name, act))
