"""What goes without verification in this run: the user's grants, and pip's own ways.

Most runs have none of it, and never import this.
"""

import hashlib
import sys

from spip import redact
from spip.bridge import subprocesses
from spip.bridge.audit_client import Record
from spip.bridge.native_relaxations import OwnWays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from spip.bridge.grants import Relaxing
    from spip.bridge.run import Run


def begins(grant: "Dict[str, Any]", *, seconds: float, spip: str, pinned: bool) -> "List[str]":
    """What is off and until when, who said so, how to end it; `pinned`: pip demands hashes."""
    place = redact.shown(grant["host"], grant["port"])
    lines = [
        "VERIFICATION IS OFF for %s until %s (%s): "
        "anyone on the way can change what is installed from it"
        % (place, grant["until"], _time(seconds)),
        _by(grant, spip),
    ]
    if not pinned:
        # pip knows only later whether requirements files have any.
        lines.append(
            "  unless you gave hashes (pip's --require-hashes), none pins what comes from it"
        )
    return lines


def ends(
    grant: "Dict[str, Any]", *, seconds: float, spip: str, used: bool, files: int
) -> "List[str]":
    """What came of it; `used`: pip went there without verification, for so many files."""
    place = redact.shown(grant["host"], grant["port"])
    came = "%d file%s came from it" % (files, "" if files == 1 else "s")
    fact = "VERIFICATION WAS OFF for %s in this run (%s)" % (place, came)
    if not used:
        fact = "VERIFICATION IS OFF for %s, and nothing came that way in this run" % place
    rest = "until %s (%s)" % (grant["until"], _time(seconds)) if seconds > 0 else "no longer"
    return ["%s; it may be used %s" % (fact, rest), _by(grant, spip)]


def changed(grant: "Dict[str, Any]") -> str:
    """Another certificate was presented than the one that the grant is for."""
    return (
        "%s shows another certificate than when it was allowed: this proxy shows several "
        "certificates, or someone else answers: ask IT for its root"
        % redact.shown(grant["host"], grant["port"])
    )


def _by(grant: "Dict[str, Any]", spip: str) -> str:
    port = "" if grant["port"] == 443 else ":%d" % grant["port"]
    host = "[%s]" % grant["host"] if ":" in grant["host"] else grant["host"]
    return '  granted by %s for "%s"; end it: %s allow-insecure --revoke %s' % (
        redact.printable(grant["by"]),
        redact.printable(grant["reason"]),
        spip,
        host + port,
    )


def _time(seconds: float) -> str:
    if seconds < 60:
        return "%d s" % max(seconds, 0)
    if seconds < 2 * 3600:
        return "%d min" % round(seconds / 60)
    return "%d h %d min" % (seconds // 3600, seconds % 3600 // 60)


class Body:
    """The bytes of one answer, counted as pip reads them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.size = 0
        self.digest = hashlib.sha256()
        self.within = False  # urllib3's `stream` reads by its own `read`

    def count(self, data: "Any") -> None:
        """Take what pip was given."""
        self.digest.update(data)
        self.size += len(data)


class Fetched:
    """Files, not the index's pages: those are what a hash is of use for later."""

    def __init__(self) -> None:
        self.bodies = []  # type: List[Body]
        self.others = []  # type: List[Dict[str, Any]]  # what a build's pip told of

    def follow(self, answer: "Any") -> None:
        """Hash what will be read of a requests.Response; in 19.3 and in 26.3 it has a `raw`."""
        page = "html" in str(answer.request.headers.get("Accept", ""))
        if page or answer.status_code not in (200, 206) or answer.request.method != "GET":
            return
        body = self._begun(answer)
        raw = answer.raw
        raw.stream = _stream(raw.stream, body)
        raw.read = _read(raw.read, body)

    def told(self) -> "List[Dict[str, Any]]":
        """For the log: address (without secrets), SHA-256 and size in bytes of each."""
        own = [
            {"url": redact.cleaned(each.url), "sha256": each.digest.hexdigest(), "size": each.size}
            for each in self.bodies
            if each.size
        ]
        return own + self.others

    def _begun(self, answer: "Any") -> Body:
        """A part that follows on what came before belongs to the same file (pip resumes)."""
        url = answer.url
        for body in self.bodies:
            starts = "bytes %d-" % body.size
            if body.url == url and str(answer.headers.get("Content-Range", "")).startswith(starts):
                return body
        self.bodies.append(Body(url))
        return self.bodies[-1]


def _read(original: "Any", body: Body) -> "Any":
    def read(*args: "Any", **options: "Any") -> "Any":
        data = original(*args, **options)
        if not body.within:
            body.count(data)
        return data

    return read


def _stream(original: "Any", body: Body) -> "Any":
    def stream(*args: "Any", **options: "Any") -> "Iterator[Any]":
        pieces = original(*args, **options)
        while True:
            body.within = True
            try:
                piece = next(pieces)
            except StopIteration:
                return
            finally:
                body.within = False
            body.count(piece)
            yield piece

    return stream


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
            from spip.bridge import grants

            grants.begin(self.run, self, options)

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
        if self.relaxing is not None and subprocesses.is_pip(args):
            self.relaxing.child(args)

    def take(self, told: "List[Dict[str, Any]]") -> None:
        """What a build's pip met holds for this one: what it fetched goes into what is built."""
        for entry in told:
            if "say" in entry:
                self.run.say(entry["say"])
            if "unverified" in entry:
                subprocesses.switch_off(self.run)
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
            from spip.bridge import stop_run

            raise stop_run.error("stopped by spip, for the reason above")

    def end(self, code: "Any") -> "Any":
        """After pip: the banner again, the log's last word. Return the exit code."""
        code = 2 if self.stopped else code
        sys.stdout.flush()
        subprocesses.remove_what_came(self.run)
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
