"""Run pip's own main in this process, with trust taken care of on its way."""

import sys

from spip.bridge import gc_tuning, import_hooks, install_limits
from spip.bridge.connection_guard import ConnectionGuard
from spip.bridge.connections import Watch
from spip.bridge.context import Context
from spip.bridge.patches import Patches
from spip.bridge.relaxations import Relaxations
from spip.bridge.session import Sessions
from spip.bridge.subprocesses import Children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Optional


def run(
    plan: "Dict[str, Any]", home: "Any", pip: "Optional[Callable[[], Any]]" = None
) -> "Optional[int]":
    """Run pip with sys.argv; the exit code as pip's main returns it.

    `plan` holds what `spip.handover.plan` says; `home` answers `roots(environ, question)`; `pip`
    runs another copy than the one that is found here.
    """
    if not plan["plain"]:
        gc_tuning.collect_rarely()  # before pip's hundreds of modules come
    build = plan.get("build")
    context = Context(plan, home, build["argv"] if build else sys.argv[1:])
    patches = Patches(context)
    relaxations = Relaxations(context, patches)
    watch = Watch(context, patches, relaxations)
    managed = install_limits.ExternallyManaged(context, patches)
    if plan["program"] is not None:
        install_limits.guard_own_program(patches, plan["program"])
    import_hooks.after("pip._internal.cli", context.on_pip_imported)
    Children(context, patches, relaxations).watch()
    ConnectionGuard(context, patches, relaxations).watch()
    watch.install(plain=plan["plain"])
    if not plan["plain"]:
        managed.watch()
    if build:
        _report_to_parent(context, build["report"])
    Sessions(context, patches, relaxations, watch).install()

    def finish(code: "Any") -> "Any":
        code = relaxations.end(code)
        if not context.stopped:
            managed.advise(code)
            watch.explain(code)
        return code

    return _run_and_finish(pip or _main(), finish, relaxations.end)  # type: ignore[no-any-return]


def _report_to_parent(context: "Context", path: str) -> None:
    """A build's pip: have what is to be said written for the pip that started it."""
    from spip.bridge.child_pip import ChildReport

    context.child_report = ChildReport(path)


def _run_and_finish(
    pip: "Callable[[], Any]", finish: "Callable[[Any], Any]", give_up: "Callable[[str], Any]"
) -> "Any":
    """Run pip, then `finish` with its exit code, which may make another one of it.

    `give_up` gets the name of an error that ended pip otherwise, as Ctrl-C does.
    """
    try:
        code = pip()
    except SystemExit as end:
        code = finish(end.code)
        if code != end.code:
            return code
        raise
    except BaseException as error:
        give_up(type(error).__name__)
        raise
    return finish(code)


def _main() -> "Any":
    """pip's console script's function: `cli` since 26.3, where `main` means "used as a library".

    A pip that has neither is run as `python -m pip` runs it.
    """
    if sys.warnoptions:
        _filter_warnings()
    try:
        from pip._internal.cli import main
    except ImportError:  # before 20.0
        from pip._internal import main
    return getattr(main, "cli", None) or getattr(main, "main", None) or _run_module


def _filter_warnings() -> None:
    """Ignore what `python -m pip` ignores of itself (`PYTHONWARNINGS`, `-W`, `-X dev`).

    Before pip's first import. Whether this pip does so is read from its own `__main__`: it imports
    what warns of its own deprecation.
    """
    import warnings
    from importlib.util import find_spec

    spec = find_spec("pip.__main__")
    source = getattr(spec and spec.loader, "get_source", lambda _: "")("pip.__main__")
    if "filterwarnings" in (source or ""):
        warnings.filterwarnings(
            "ignore", category=DeprecationWarning, module=r".*packaging\.version"
        )


def _run_module() -> None:
    import runpy

    runpy.run_module("pip", run_name="__main__")
