"""Relax one origin: after a verified attempt was refused, and while a grant for it lives.

Imported where there is a grant. What has to hold is said in docs/allow-insecure.md.
"""

import sys

from spip import redact
from spip.bridge import banner, caches, other_pips
from spip.bridge.granted import Granted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from spip.bridge.run import Run
    from spip.bridge.unverified import Unverified
    from spip.redact import Origin

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
        caches.switch_off(self.run)
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
            for line in banner.begins(
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
            for line in banner.ends(
                each.grant,
                seconds=each.left(),
                spip=self.run.plan["spip"],
                used=each.way is not None,
                files=count,
            ):
                self.run.say(line, again=True)

    def child(self, args: "Any") -> None:
        """A pip of pip's own starts, for a build."""
        said = " ".join(other_pips.words(args))
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
