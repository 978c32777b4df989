"""Relax one origin: after a verified attempt was refused, and while a grant for it lives.

Imported where there is a grant. What has to hold is said in docs/allow-insecure.md.
"""

import sys

from spip.bridge import address, banner, caches, failures, origin
from spip.bridge.alive import Alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Set

    from spip.bridge.address import Origin
    from spip.bridge.run import Run
    from spip.bridge.unverified import Unverified

# Builds then fetch their requirements in this process, where the connection can be watched.
_IN_PROCESS = "inprocess-build-deps"  # pip 26.0


class Relaxing:
    """This run's grants, and the ways that they opened, by origin."""

    def __init__(self, run: "Run", unverified: "Unverified") -> None:
        self.run = run
        self.unverified = unverified
        self.grants = {}  # type: Dict[Origin, Dict[str, Any]]
        self.alive = {}  # type: Dict[Any, Alive]
        self.opened = {}  # type: Dict[Optional[Origin], Any]
        self.denied = set()  # type: Set[Origin]
        self.pinned = True

    def begin(self, options: "Any") -> None:
        """Before a session is built: no caches, and the banner, once."""
        caches.switch_off(self.run)
        features = getattr(options, "features_enabled", [])
        if self.run.pip_version >= (26, 0) and not {_IN_PROCESS, "venv-isolation"} & set(features):
            features.append(_IN_PROCESS)
        if self.grants:
            return
        self.pinned = bool(getattr(options, "require_hashes", False))
        for grant in self.run.plan["consent"]["grants"]:
            place = ("https", grant["host"].lower(), grant["port"])
            self.grants[place] = grant
            file = self.run.plan["consent"]["grants_file"]
            self.alive[place] = Alive(grant, file, self.unverified.record)
        for line in self._banners():
            self.run.say(line)

    def send(
        self, original: "Any", adapter: "Any", request: "Any", options: "Dict[str, Any]"
    ) -> "Any":
        """Send a request by `original(adapter, ...)`, or where that is refused, by a granted way.

        Raises what pip is to see.
        """
        place = address.origin(request.url)
        made = self.opened.get(place)
        if made is adapter:
            return self._follow(original(adapter, request, **options))
        if made is not None and self._left(place) > 0:
            return self._by(made, place, request, options)
        try:
            answer = original(adapter, request, **options)
        except Exception as error:
            if not self._may_open(place, adapter, options, error):
                raise
            self.run.watch.note(request.url, options.get("proxies"), error)
        else:
            self.unverified.own_ways.follow(adapter, answer)
            return answer
        return self._by(self._open(place, adapter, options), place, request, options)

    def end(self) -> None:
        """The banner again."""
        files = self.unverified.fetched.told()
        for place, grant in self.grants.items():
            count = sum(address.origin(each["url"]) == place for each in files)
            for line in banner.ends(
                grant,
                seconds=self._left(place),
                spip=self.run.plan["spip"],
                used=place in self.opened,
                files=count,
            ):
                self.run.say(line, again=True)

    def child(self, args: "Any") -> None:
        """A pip of pip's own starts, for a build."""
        said = " ".join(caches.words(args))
        for _, host, port in self.grants:
            if host in said:
                self.run.say(
                    "what this pip fetches for a build stays verified, from %s too; if it is "
                    "refused:  --only-binary :all:" % address.shown(host, port)
                )

    def _banners(self) -> "List[str]":
        return [
            line
            for place, grant in self.grants.items()
            for line in banner.begins(
                grant, seconds=self._left(place), spip=self.run.plan["spip"], pinned=self.pinned
            )
        ]

    def _left(self, place: "Any") -> float:
        """Seconds until a grant ends, by a clock that nobody sets."""
        return self.alive[place].left()

    def _by(self, made: "Any", place: "Any", request: "Any", options: "Dict[str, Any]") -> "Any":
        try:
            return made.send(request, **options)
        except Exception as error:
            if any(failures.is_other_certificate(cause) for cause in failures.causes(error)):
                self._deny(place, banner.changed(self.grants[place]))
                self.unverified.outcome = "another certificate was presented"
            raise

    def _follow(self, answer: "Any") -> "Any":
        self.unverified.fetched.follow(answer)
        return answer

    def _deny(self, place: "Any", why: str) -> None:
        self.opened.pop(place, None)
        self.denied.add(place)
        self.run.say(why)

    def _may_open(
        self, place: "Any", adapter: "Any", options: "Dict[str, Any]", error: BaseException
    ) -> bool:
        """Whether this refusal is one that the grant is for; having it logged is part of it."""
        if place not in self.grants or place in self.denied or self._left(place) <= 0:
            self.run.debug("not relaxed: there is no grant for it now")
            return False
        code = failures.untrusted_issuer(error)
        if code is None:
            self.run.debug("not relaxed: %r is not an untrusted issuer" % failures.root(error))
            return False
        if not origin.is_strict(adapter, options.get("verify")):
            self._deny(place, "nothing is relaxed: the refused connection shares a loose context")
            return False
        return self._logged(place, code, failures.root(error))

    def _logged(self, place: "Any", code: int, cause: BaseException) -> bool:
        answer = self.unverified.record.tell(
            "relax", error=str(cause), verify_code=code, **self.alive[place].names()
        )
        if not answer["ok"]:
            self._deny(place, answer.get("why") or "it can't be logged, so nothing is relaxed")
        return bool(answer["ok"])

    def _open(self, place: "Any", adapter: "Any", options: "Dict[str, Any]") -> "Any":
        def admit(request: "Any") -> None:
            self._admit(place, request)

        made = origin.adapter(adapter, self.grants[place]["sha256"], options.get("verify"), admit)
        self.opened[place] = made
        return made

    def _admit(self, place: "Any", request: "Any") -> None:
        """Raise what requests raises for a refused certificate, if this may not leave now."""
        shown = address.shown(place[1], place[2])
        if address.origin(request.url) != place or not self.alive[place].still():
            from pip._vendor.requests.exceptions import SSLError

            raise SSLError("what was allowed for %s has ended" % shown, request=request)
        if "Authorization" in request.headers:
            self.run.say("  the login for %s goes over this connection too" % shown)


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
