"""Handle what goes without verification in this run: the user's grants, pip's native relaxations.

Most runs have none of it, and never import this.
"""

import sys

from spip.bridge import caches, stop_run
from spip.bridge.audit_client import AuditClient
from spip.bridge.download_log import DownloadLog
from spip.bridge.native_relaxations import NativeRelaxations
from spip.bridge.patches import quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional

    from spip.bridge.context import Context
    from spip.bridge.grants import GrantedOrigins
    from spip.bridge.patches import Patches


class Unverified:
    """One run's relaxations of both kinds, with their log and the hashes of what came."""

    def __init__(self, context: "Context", patches: "Patches") -> None:
        self.context = context
        self.patches = patches
        self.audit = AuditClient(context)
        self.downloads = DownloadLog()
        self.native = NativeRelaxations(context, patches, self.audit, self.downloads)
        self.granted = None  # type: Optional[GrantedOrigins]

    def begin_session(self, options: "Any") -> None:
        """Prepare for a session, before it is built."""
        self.native.begin_session(options)
        if self.context.plan["consent"]["grants"]:
            self._use_grants(options)

    def _use_grants(self, options: "Any") -> None:
        """Have the grants of this run opened where the connection can be watched."""
        here = tuple(sys.version_info[:2])
        if here < (3, 10):
            spip = self.context.plan["spip"]
            self.context.say(
                "nothing is relaxed for Python %d.%d (3.10 or newer can be watched); fetch wheels "
                "with a newer one:  %s download --only-binary :all: --python-version %d.%d ..."
                % (here + (spip,) + here)
            )
            return
        if self.granted is None:
            from spip.bridge.grants import GrantedOrigins

            self.granted = GrantedOrigins(self.context, self.patches, self.audit, self.downloads)
        self.granted.begin_session(options)

    def send(
        self,
        original: "Any",
        adapter: "Any",
        request: "Any",
        options: "Dict[str, Any]",
        note: "Callable[[str, Any, BaseException], None]",
    ) -> "Any":
        """Send by `original(adapter, request, ...)`, or by the adapter that a grant opens.

        `note(url, proxies, error)` keeps a failure for the finding.
        """
        stop_run.refuse_if_stopped(self.context)
        if request.url[:5].lower() == "http:":
            self.native.plain(request, self.context.redirected_from)
        self.native.meet_odd(adapter, request)
        if self.granted is not None:
            sent = self.granted.send(original, adapter, request, options, note)
            if sent.is_native:
                self.native.follow(adapter, sent.answer)
            return sent.answer
        answer = original(adapter, request=request, **options)
        quietly(self.context, "hashes", self.native.follow, adapter, answer)
        return answer

    def begin_child(self, words: "List[str]") -> None:
        """Say what a grant is not for, where pip is about to start a pip of its own."""
        if self.granted is not None:
            self.granted.begin_child(words)

    def merge_child_report(self, entries: "List[Dict[str, Any]]") -> None:
        """What a build's pip met holds for this one: what it fetched goes into what is built."""
        for entry in entries:
            if "say" in entry:
                self.context.say(entry["say"])
            if "unverified" in entry:
                caches.switch_off(self.context)
            self.context.stopped = self.context.stopped or "stopped" in entry
            self.audit.ids += entry.get("ids", ())
            self.downloads.by_children += entry.get("fetched", ())
        stop_run.refuse_if_stopped(self.context)

    def end(self, code: "Any") -> "Any":
        """After pip: the banner again, the log's last word. Return the exit code."""
        code = 2 if self.context.stopped else code
        sys.stdout.flush()
        caches.remove_additions(self.context)
        downloads = self.downloads.entries()
        if self.granted is not None:
            self.granted.end(downloads)
        if self.context.child_report is not None:
            self.context.child_report.add(ids=self.audit.ids, fetched=downloads)
        elif self.audit.ids:
            outcome = "exit %s" % (0 if code is None else code)
            special = self.granted.outcome() if self.granted is not None else ""
            outcome += "; " + special if special else ""
            answer = self.audit.log("end", ids=self.audit.ids, outcome=outcome, fetched=downloads)
            if answer.get("why"):
                self.context.say(answer["why"])
        return code
