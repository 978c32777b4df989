"""What goes without verification in this run: the user's grants, and pip's own ways.

Most runs have none of it, and never import this.
"""

import sys

from spip.bridge import caches, other_pips
from spip.bridge.fetched import Fetched
from spip.bridge.own_ways import OwnWays
from spip.bridge.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from spip.bridge.relax import Relaxing
    from spip.bridge.run import Run


class Unverified:
    """Shared by the rooms that this is about; `stopped`: this run is to end with exit code 2."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.record = Record(run)
        self.fetched = Fetched()
        self.own_ways = OwnWays(run, self)
        self.relaxing = None  # type: Optional[Relaxing]
        self.outcome = ""  # what the log says beside pip's exit code
        self.stopped = False

    def begin(self, options: "Any") -> None:
        """Before a session is built."""
        self.own_ways.begin(options)
        if self.run.plan["consent"]["grants"]:
            from spip.bridge import relax

            relax.begin(self.run, self, options)

    def send(
        self,
        original: "Any",
        adapter: "Any",
        request: "Any",
        options: "Dict[str, Any]",
        redirected_from: str,
    ) -> "Any":
        """Send by `original(adapter, request, ...)`, or by a way that a grant opens."""
        self.refuse_if_stopped()
        if request.url[:5].lower() == "http:":
            self.own_ways.plain(request, redirected_from)
        self.own_ways.meet_odd(adapter, request)
        if self.relaxing is not None:
            return self.relaxing.send(original, adapter, request, options)
        answer = original(adapter, request=request, **options)
        self.run.patches.quietly("hashes", self.own_ways.follow, adapter, answer)
        return answer

    def child(self, args: "Any") -> None:
        """A process is about to be started by pip."""
        if self.relaxing is not None and other_pips.is_pip(args):
            self.relaxing.child(args)

    def take(self, told: "List[Dict[str, Any]]") -> None:
        """What a build's pip met holds for this one: what it fetched goes into what is built."""
        for entry in told:
            if "say" in entry:
                self.run.say(entry["say"])
            if "unverified" in entry:
                caches.switch_off(self.run)
            self.stopped = self.stopped or "stopped" in entry
            self.record.ids += entry.get("ids", ())
            self.fetched.others += entry.get("fetched", ())
        self.refuse_if_stopped()

    def stop(self, lines: "List[str]") -> None:
        """End pip by its own error, wherever it is, and remember it: pip catches some of them."""
        for line in lines:
            self.run.say(line)
        self.stopped = True
        if self.run.report is not None:
            self.run.report.tell(stopped=True)
        self.refuse_if_stopped()

    def refuse_if_stopped(self) -> None:
        """Raise pip's CommandError once this run is to end."""
        if self.stopped:
            from spip.bridge import stopping

            raise stopping.error("stopped by spip, for the reason above")

    def end(self, code: "Any") -> "Any":
        """After pip: the banner again, the log's last word. Return the exit code."""
        code = 2 if self.stopped else code
        sys.stdout.flush()
        caches.remove_what_came(self.run)
        if self.relaxing is not None:
            self.relaxing.end()
        told = self.fetched.told()
        if self.run.report is not None:
            self.run.report.tell(ids=self.record.ids, fetched=told)
        elif self.record.ids:
            outcome = "exit %s" % (0 if code is None else code)
            outcome += "; " + self.outcome if self.outcome else ""
            answer = self.record.tell("end", ids=self.record.ids, outcome=outcome, fetched=told)
            if answer.get("why"):
                self.run.say(answer["why"])
        return code
