"""Notice what goes without verification in this run, and load what handles it only then."""

import os
from urllib.parse import urlsplit

from spip.bridge.context import own_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from spip.bridge.context import Context
    from spip.bridge.patches import Patches
    from spip.bridge.unverified import Unverified


class Relaxations:
    """The user's grants and pip's native relaxations, in one run; most runs have none of them."""

    def __init__(self, context: "Context", patches: "Patches") -> None:
        self.context = context
        self.patches = patches
        self.met = None  # type: Optional[Unverified]

    def unverified(self) -> "Unverified":
        """What handles a relaxation; from the first call on this run is one with relaxations."""
        if self.met is None:
            from spip.bridge.unverified import Unverified

            self.context.relaxed = True
            self.met = Unverified(self.context, self.patches)
        return self.met

    def begin_session(self, options: "Any") -> None:
        """Handle what may go without verification in a session, before it is built."""
        from spip.bridge import unencrypted

        context = self.context
        consent = context.plan["consent"]
        if "trusted host" not in self.patches.used:  # pip builds a second session for its own check
            self._watch()
        context.options.append(options)
        for notice in consent["notices"]:
            context.say(notice)
        self.patches.hold()
        if consent["grants"] or options.trusted_hosts or any(unencrypted.http_options(options)):
            self.unverified().begin_session(options)

    def end(self, code: "Any") -> "Any":
        """Say and log what came of it, after pip; return the exit code."""
        if self.met is not None:
            return self.met.end(code)
        return 2 if self.context.stopped else code

    def merge_child_report(self, entries: "List[Dict[str, Any]]") -> None:
        """Take over what a build's pip has reported."""
        if entries:
            self.unverified().merge_child_report(entries)

    def known(self) -> "Dict[str, Any]":
        """What has been named and logged, for a build's pip, which need not do it again."""
        return {"named": [], "lines": []} if self.met is None else self.met.native.known()

    def _watch(self) -> None:
        """Hook what switches verification off for a host, and what comes unencrypted."""
        guard, nicety = self.patches.guard, self.patches.nicety
        for name, wrapper in (
            ("trusted host", self._wrap_add_trusted_host),
            ("checkout", guard("checkout", before=self._before_obtain)),
            ("wheel candidates", guard("wheel candidates", after=self._leave_unencrypted_out)),
            ("requirements line", nicety("requirements line", self._before_option_line)),
        ):
            self.patches.use(name, wrapper)

    def _wrap_add_trusted_host(self, original: "Any") -> "Any":
        from spip.bridge.patches import arguments

        def call(*args: "Any", **options: "Any") -> None:
            if self.context.watches_connections():
                self._trust_host(arguments(original, args, options))
            original(*args, **options)
            if self.context.without_cache:
                from spip.bridge import caches

                caches.empty_sessions(self.context)

        return call

    def _trust_host(self, given: "Dict[str, Any]") -> None:
        host = given.get("host")
        if isinstance(host, str):
            self.unverified().native.trust_host(host, given.get("source"))
        else:
            self.patches.fail("trusted host", TypeError("no host"))

    def _before_obtain(self, given: "Dict[str, Any]") -> None:
        from spip.bridge import unencrypted

        url = given["url"]
        named = str(getattr(url, "secret", url))
        if not self.context.watches_connections():
            return
        if unencrypted.is_unencrypted(named):
            self.unverified().native.checkout(named)
        elif named[:10].lower() == "git+https:":
            self._judge_git(named[4:])

    def _judge_git(self, url: str) -> None:
        from spip import redact
        from spip.bridge import env_vars

        origin = redact.origin(url)
        if origin is None:
            return
        place = redact.shown(*origin[1:])
        with own_processes(self.context):  # in its arguments is no login
            reason = env_vars.git_switch_off(
                "https://%s%s" % (place, urlsplit(url).path), os.environ
            )
        if reason:
            self.unverified().native.unverified_checkout(place, reason)

    def _leave_unencrypted_out(self, given: "Dict[str, Any]", candidates: "Any") -> "Any":
        """Find no wheel that was built from what came unencrypted: pip alone would have kept it."""
        from spip.bridge import unencrypted

        link = given["link"]
        watched = link and self.context.watches_connections()
        return [] if watched and unencrypted.is_unencrypted(link.url) else candidates

    def _before_option_line(self, given: "Dict[str, Any]") -> None:
        import optparse

        from spip.bridge import unencrypted

        line = next(value for value in given.values() if isinstance(value, optparse.Values))
        if self.context.watches_connections() and any(unencrypted.http_options(line)):
            number = given.get("lineno", "?")
            self.unverified().native.note_line(line, given["filename"], number)
