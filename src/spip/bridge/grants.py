"""Relax one origin: after a verified attempt was refused, and while a grant for it lives.

Imported where there is a grant. What has to hold is said in docs/allow-insecure.md.
"""

import os
import sys

from spip import redact, uptime
from spip.bridge import failure_report, pinned_adapter, subprocesses, unverified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from spip.bridge.run import Run
    from spip.bridge.unverified import Unverified
    from spip.redact import Origin


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
        code = failure_report.untrusted_issuer(error)
        if code is None:
            self.run.debug(
                "not relaxed: %r is not an untrusted issuer" % failure_report.root(error)
            )
            return False
        if not pinned_adapter.is_strict(adapter, options.get("verify")):
            self._deny("nothing is relaxed: the refused connection shares a loose context")
            return False
        return self._logged(code, failure_report.root(error))

    def open(self, adapter: "Any", options: "Dict[str, Any]") -> None:
        """Make the way beside the one that was refused."""
        self.way = pinned_adapter.adapter(
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
            if any(
                failure_report.is_other_certificate(cause) for cause in failure_report.causes(error)
            ):
                self._deny(unverified.changed(self.grant))
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


# Builds then fetch their requirements in this process, where the connection can be watched.
_IN_PROCESS = "inprocess-build-deps"  # pip 26.0


class Relaxing:
    """This run's grants, by origin."""

    def __init__(self, run: "Run", unverified: "Unverified") -> None:
        self.run = run
        self.unverified = unverified
        self.granted = {}  # type: Dict[Origin, Granted]

    def begin(self, options: "Any") -> None:
        """Before a session is built: no caches, and the banner, once."""
        subprocesses.switch_off(self.run)
        features = options.features_enabled
        if features is None:
            features = options.features_enabled = []
        if self.run.pip_version >= (26, 0) and not {_IN_PROCESS, "venv-isolation"} & set(features):
            features.append(_IN_PROCESS)
        if self.granted:
            return
        pinned = bool(options.require_hashes)
        for grant in self.run.plan["consent"]["grants"]:
            made = Granted(self.unverified, grant)
            self.granted[made.place] = made
        for each in self.granted.values():
            for line in unverified.begins(
                each.grant, seconds=each.left(), spip=self.run.plan["spip"], pinned=pinned
            ):
                self.run.say(line)

    def send(
        self, original: "Any", adapter: "Any", request: "Any", options: "Dict[str, Any]"
    ) -> "Any":
        """Send a request by `original(adapter, ...)`, or where that is refused, by a granted way.

        Raises what pip is to see.
        """
        granted = self.granted.get(redact.origin(request.url))  # type: ignore[arg-type]
        if granted is not None and granted.way is adapter:
            answer = original(adapter, request=request, **options)
            self.unverified.fetched.follow(answer)
            return answer
        if granted is not None and granted.way is not None and granted.left() > 0:
            return granted.send(request, options)
        try:
            answer = original(adapter, request=request, **options)
        except Exception as error:
            if granted is None or not self._opened(granted, adapter, options, error):
                raise
            refused = error
        else:
            self.unverified.own_ways.follow(adapter, answer)
            return answer
        try:
            return granted.send(request, options)
        except Exception:  # only now is the refusal one that pip failed from
            self.run.watch.note(request.url, options.get("proxies"), refused)
            raise

    def _opened(
        self, granted: "Granted", adapter: "Any", options: "Dict[str, Any]", error: BaseException
    ) -> bool:
        try:
            if not granted.may_open(adapter, options, error):
                return False
            granted.open(adapter, options)
        except (AttributeError, ImportError, TypeError, KeyError) as fault:
            self.run.patches.fail("send", fault)
            return False
        return True

    def end(self) -> None:
        """The banner again."""
        files = self.unverified.fetched.told()
        for place, each in self.granted.items():
            count = sum(redact.origin(file["url"]) == place for file in files)
            for line in unverified.ends(
                each.grant,
                seconds=each.left(),
                spip=self.run.plan["spip"],
                used=each.way is not None,
                files=count,
            ):
                self.run.say(line, again=True)

    def child(self, args: "Any") -> None:
        """A pip of pip's own starts, for a build."""
        said = " ".join(subprocesses.words(args))
        for each in self.granted.values():
            if each.place[1] in said:
                self.run.say(
                    "what this pip fetches for a build stays verified, from %s too; if it is "
                    "refused:  --only-binary :all:" % each.shown
                )


def begin(run: "Run", unverified: "Unverified", options: "Any") -> None:
    """Have the grants of this run opened where the connection can be watched."""
    here = tuple(sys.version_info[:2])
    if here >= (3, 10):
        unverified.relaxing = unverified.relaxing or Relaxing(run, unverified)
        unverified.relaxing.begin(options)
        return
    run.say(
        "nothing is relaxed for Python %d.%d (3.10 or newer can be watched); fetch wheels with a "
        "newer one:  %s download --only-binary :all: --python-version %d.%d ..."
        % (here + (run.plan["spip"],) + here)
    )
