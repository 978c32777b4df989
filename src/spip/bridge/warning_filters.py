"""Warnings that somebody wants to see, or to end a run (`PYTHONWARNINGS`, `-W`, `-X dev`)."""

import warnings


def as_by_module() -> None:
    """Ignore what `python -m pip` ignores of itself, since spip calls pip's function instead.

    Before pip's first import. Whether this pip does so is read from its own `__main__`: it imports
    what warns of its own deprecation.
    """
    from importlib.util import find_spec

    spec = find_spec("pip.__main__")
    source = getattr(spec and spec.loader, "get_source", lambda _: "")("pip.__main__")
    if "filterwarnings" in (source or ""):
        warnings.filterwarnings(
            "ignore", category=DeprecationWarning, module=r".*packaging\.version"
        )
