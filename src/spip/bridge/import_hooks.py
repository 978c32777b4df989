"""Act on a module right after somebody else imported it, without importing it early.

One finder stands on `sys.meta_path` for all of them: Python asks it for each import.
"""

import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional

    Act = Callable[[Any], None]


class _Loader:
    """The loader of one module. The one that does the work is shared by all modules of a zip."""

    def __init__(self, loader: "Any", acts: "List[Act]") -> None:
        self.loader = loader
        self.acts = acts
        if not hasattr(loader, "exec_module"):  # a zip's before Python 3.10
            self.load_module = self._load_module

    def __getattr__(self, name: str) -> "Any":
        if name == "exec_module" and not hasattr(self.loader, name):
            raise AttributeError(name)
        return getattr(self.loader, name)

    def create_module(self, spec: "Any") -> "Any":
        """What importlib asks for first."""
        return self.loader.create_module(spec)

    def _load_module(self, name: str) -> "Any":
        module = self.loader.load_module(name)
        self._act(module)
        return module

    def _act(self, module: "Any") -> None:
        for act in self.acts:
            act(module)


class _ExecutingLoader(_Loader):
    def exec_module(self, module: "Any") -> None:
        """Run the module by its own loader, which is all that the module gets to see."""
        module.__loader__ = module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self._act(module)


class Finder:
    """Who waits for which module."""

    def __init__(self) -> None:
        self.waiting = {}  # type: Dict[str, List[Act]]

    def find_spec(self, fullname: str, path: "Any" = None, target: "Any" = None) -> "Optional[Any]":
        """What importlib asks for: where the module is, or None."""
        if fullname not in self.waiting:
            return None
        acts = self.waiting.pop(fullname)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        kind = _ExecutingLoader if hasattr(spec.loader, "exec_module") else _Loader
        spec.loader = kind(spec.loader, acts)  # type: ignore[assignment]
        return spec


_finder = Finder()


def after(name: str, act: "Act") -> None:
    """Call `act(module)` once, when the module `name` has been imported from a path."""
    if name in sys.modules:
        act(sys.modules[name])
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.waiting.setdefault(name, []).append(act)
