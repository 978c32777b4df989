"""Sessions that keep the trust that they come with: only what nobody verifies is looked at."""

from spip.bridge import applied, collector, context, empty_variables, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from spip.bridge.run import Run


def wrap(run: "Run") -> "Callable[[Any, Run], None]":
    """What `session.wrap` is elsewhere."""
    build = run.plan.get("build")
    if build:
        from spip.bridge.report import Report

        run.report = Report(build["report"])
    return _forbid if run.plan["plain"] else _watch


def _watch(module: "Any", run: "Run") -> None:
    """A build's pip: its trust came with its environment."""

    def build(original: "Any", options: "Any") -> "Any":
        empty_variables.pass_over(run)
        applied.consider(run, options)
        if not run.plan["consent"]["certifi"]:
            context.without_certifi(module)
        made = original()
        session.give(made, None, None)
        collector.as_usual()
        return made

    session.extend(module, build)


def _forbid(module: "Any", run: "Run") -> None:
    """Plain pip (SPIP_DISABLE): where a policy forbids something, or demands the log."""

    def build(original: "Any", options: "Any") -> "Any":
        empty_variables.tell(run, options)
        if not run.watches_connections():
            return original()
        if not run.watches_hosts:  # pip builds a second session for its self-check
            run.watch.watch_connections()
        applied.consider(run, options)
        made = original()
        session.give(made, None, None)
        return made

    session.extend(module, build)
