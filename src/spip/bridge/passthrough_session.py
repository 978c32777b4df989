"""Sessions that keep the trust that they come with: only what nobody verifies is looked at."""

from spip.bridge import env_vars, native_relaxations, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from spip.bridge.run import Run


def builder(run: "Run") -> "Callable[[Any, Any], Any]":
    """What `session.builder` is elsewhere."""
    build = run.plan.get("build")
    if build:
        from spip.bridge.audit_client import Report

        run.report = Report(build["report"])
    return _forbidding(run) if run.plan["plain"] else _watching(run)


def _watching(run: "Run") -> "Callable[[Any, Any], Any]":
    """A build's pip: its trust came with its environment."""

    def build(original: "Any", options: "Any") -> "Any":
        env_vars.pass_over(run)
        session.guarded(run, native_relaxations.consider, run, options)
        made = original()
        session.guarded(run, session.give, run, made, None, None)
        session.collect_normally()
        return made

    return build


def _forbidding(run: "Run") -> "Callable[[Any, Any], Any]":
    """Plain pip (SPIP_DISABLE): where a policy forbids something, or demands the log."""

    def build(original: "Any", options: "Any") -> "Any":
        env_vars.tell(run, options)
        if not run.watches_connections():
            return original()
        session.guarded(run, native_relaxations.consider, run, options)
        made = original()
        session.guarded(run, session.give, run, made, None, None)
        return made

    return build
