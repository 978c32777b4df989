"""Put a mutant into a module that is already imported, by everybody who has its names.

The mutant is executed beside the module; then each function takes over its code and defaults, each
class the same for what is in it, and each constant that came out otherwise is exchanged.
"""

from __future__ import annotations

import contextlib
import sys
from types import FunctionType, ModuleType
from typing import Any


def graft(module: ModuleType, text: str) -> None:
    """Make `module` what `text` says. Raises what the text raises where it is executed."""
    fresh = ModuleType(module.__name__)
    fresh.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    if hasattr(module, "__path__"):
        fresh.__path__ = module.__path__
    sys.modules[module.__name__] = fresh  # dataclasses look there for their module
    try:
        exec(compile(text, str(module.__file__), "exec", dont_inherit=True), fresh.__dict__)  # noqa: S102  # what is tried
    finally:
        sys.modules[module.__name__] = module
    _forget_caches()
    _take(module, vars(fresh))


def _take(live: Any, fresh: dict[str, Any]) -> None:
    for name, new in fresh.items():
        if name.startswith("__") and not isinstance(new, FunctionType):
            continue
        old = vars(live).get(name, new)
        if old is not new:
            _exchange(live, name, old, new)


def _exchange(live: Any, name: str, old: Any, new: Any) -> None:
    function, other = _function(old), _function(new)
    if function is not None and other is not None:
        function.__code__ = other.__code__
        function.__defaults__ = other.__defaults__
        function.__kwdefaults__ = other.__kwdefaults__
    elif isinstance(old, type) and isinstance(new, type):
        _take(old, dict(vars(new)))
    elif not _same(old, new):
        with contextlib.suppress(AttributeError, TypeError):
            setattr(live, name, new)
        _exchange_everywhere(name, old, new)


def _exchange_everywhere(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get(name) is old:
            setattr(module, name, new)


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, ModuleType) or callable(old):
        return True
    return type(old) is type(new) and bool(old == new)


def _function(value: Any) -> FunctionType | None:
    """Return the function below decorators, a property or a class's wrapping."""
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    while hasattr(value, "__wrapped__"):
        value = value.__wrapped__
    return value if isinstance(value, FunctionType) else None


def _forget_caches() -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] == "spip":
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
