"""One grant in this run: whether it still lives, and the way that it opens.

It may end, or be ended, while a long command goes on. The file of grants is looked at for each
request, and read again if it changed.
"""

import os

from spip import redact, uptime
from spip.bridge import banner, failures, origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from spip.bridge.unverified import Unverified


class Granted:
    """`place` is the one origin that it is for; `way` what leads there, once it was opened."""

    def __init__(self, unverified: "Unverified", grant: "Dict[str, Any]") -> None:
        self.run = unverified.run
        self.unverified = unverified
        self.grant = grant
        self.place = ("https", grant["host"].lower(), grant["port"])
        self.shown = redact.shown(grant["host"].lower(), grant["port"])
        self.way = None  # type: Any
        self.ended = False
        self.denied = False
        self.seen = self._state()

    def left(self) -> float:
        """Seconds until it ends, by a clock that nobody sets."""
        return 0.0 if self.ended else max(0.0, self.grant["ends"] - uptime.seconds())

    def may_open(self, adapter: "Any", options: "Dict[str, Any]", error: BaseException) -> bool:
        """Whether this refusal is one that the grant is for; having it logged is part of it."""
        if self.denied or self.left() <= 0:
            self.run.debug("not relaxed: there is no grant for it now")
            return False
        code = failures.untrusted_issuer(error)
        if code is None:
            self.run.debug("not relaxed: %r is not an untrusted issuer" % failures.root(error))
            return False
        if not origin.is_strict(adapter, options.get("verify")):
            self._deny("nothing is relaxed: the refused connection shares a loose context")
            return False
        return self._logged(code, failures.root(error))

    def open(self, adapter: "Any", options: "Dict[str, Any]") -> None:
        """Make the way beside the one that was refused."""
        self.way = origin.adapter(
            adapter,
            self.grant["sha256"],
            options.get("verify"),
            self._admit,
            self.run.departures.pin,
        )

    def send(self, request: "Any", options: "Dict[str, Any]") -> "Any":
        """Send a request by that way. Raises what pip is to see."""
        try:
            return self.way.send(request, **options)
        except Exception as error:
            if isinstance(error, (AttributeError, TypeError)):  # this pip knows no such way
                self.way = None
                self.run.patches.fail("send", error)
            if any(failures.is_other_certificate(cause) for cause in failures.causes(error)):
                self._deny(banner.changed(self.grant))
                self.unverified.outcome = "another certificate was presented"
            raise

    def _deny(self, why: str) -> None:
        self.way = None
        self.denied = True
        self.run.say(why)

    def _logged(self, code: int, cause: BaseException) -> bool:
        answer = self.unverified.record.tell(
            "relax", error=str(cause), verify_code=code, **self._names()
        )
        if not answer["ok"]:
            self._deny(answer.get("why") or "it can't be logged, so nothing is relaxed")
        return bool(answer["ok"])

    def _admit(self, request: "Any") -> None:
        """Raise what requests raises for a refused certificate, if this may not leave now."""
        if redact.origin(request.url) != self.place or not self._still():
            from pip._vendor.requests.exceptions import SSLError

            raise SSLError("what was allowed for %s has ended" % self.shown, request=request)
        if "Authorization" in request.headers:
            self.run.say("  the login for %s goes over this connection too" % self.shown)

    def _still(self) -> bool:
        state = self._state()
        if state != self.seen and not self.ended:
            self.seen = state  # as it was before it is read, so that no later change is missed
            self.ended = not self.unverified.record.tell("alive", **self._names())["ok"]
        return self.left() > 0

    def _names(self) -> "Dict[str, Any]":
        """What tells it from others."""
        return {name: self.grant[name] for name in ("host", "port", "sha256")}

    def _state(self) -> "Optional[Tuple[int, int, int]]":
        try:
            seen = os.stat(self.run.plan["consent"]["grants_file"])
        except OSError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size
