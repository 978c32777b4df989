"""Watch pip's connections: which fail and why, which nobody verifies, where one may be relaxed.

pip prints "No matching distribution found" and keeps the cause to itself. What was refused for a
reason that can't change is refused again, so urllib3's retries (8 to 13 s) end at the first such
error, with the same last lines and exit code; everything else is retried as pip does it.
"""

from spip.bridge.patches import arguments, quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from spip.bridge.context import Context
    from spip.bridge.failure_report import Finding
    from spip.bridge.index_pages import Pages
    from spip.bridge.patches import Patches
    from spip.bridge.relaxations import Relaxations


class Watch:
    """What pip's connections came to. `failures` is what the finding is made of."""

    def __init__(self, context: "Context", patches: "Patches", relaxations: "Relaxations") -> None:
        self.context = context
        self.patches = patches
        self.relaxations = relaxations
        self.failures = []  # type: List[Dict[str, Any]]
        self.noted = None  # type: Optional[BaseException]
        self.interrupted = False
        self.finding = None  # type: Optional[Finding]  # once there is a session
        self.pages = None  # type: Optional[Pages]  # once there is a session
        self.obeyed = None  # type: Optional[str]  # the file that --cert named
        self.timeout = 15.0  # seconds a connection may be silent; pip's own default
        self.waits_told = False
        self.looks_at_itself = False  # pip looks for a newer pip, and says nothing if that fails
        self.went_out = False  # a request left this machine: what came of it is from no cache
        self.not_found = ""  # what pip says where it has found nothing to install

    def begin_session(self, options: "Any") -> None:
        """A session was made: from here on a connection may fail, and nothing may be imported."""
        from spip.bridge.failure_report import Finding
        from spip.bridge.index_pages import Pages

        indexes = (options.index_url, *(options.extra_index_urls or ()))
        self.pages = Pages(() if options.no_index else indexes)
        self.timeout = options.timeout or self.timeout
        self.finding = Finding(self.context, options, self.obeyed)

    def install(self, *, plain: bool) -> None:
        """Hook pip's requests and urllib3 when pip imports them; `plain`: nothing is explained."""
        use, nicety = self.patches.use, self.patches.nicety
        use("send", self._watch_adapter)
        use("redirects", nicety("redirects", after=self._watch_redirects))
        if not plain:
            use("retries", nicety("retries", self._refuse_final, self._tell_wait))
            for name in ("own version", "own version, fetched"):
                use(name, self._quiet)
            use("cached page", nicety("cached page", self._stay, self._keep_page))
            use("not found", self._watch_not_found)
            use("secure origin", nicety("secure origin", after=self._keep_passed_over))

    def explain(self, code: "Any") -> None:
        """Have the finding said, where pip failed after a connection failed."""
        if not code or self.finding is None or self.interrupted:
            return
        pages = self.pages.odd() + self.pages.kept(self.not_found) if self.pages else []
        if self.pages is not None:
            pages += self.pages.passed_over
        if self.failures or pages:
            self.finding.tell(self.failures, pages)

    def _watch_adapter(self, original: "Any") -> "Any":
        def send(*args: "Any", **options: "Any") -> "Any":
            self.went_out = True
            if not self.context.watches_connections():
                return original(*args, **options)
            try:
                given = arguments(original, args, options)
                adapter, request = given.pop("self"), given.pop("request")
            except (AttributeError, KeyError) as error:
                self.patches.fail("send", error)
                return original(*args, **options)
            self.context.requests_under_way += 1
            try:
                answer = self._send(original, adapter, request, given)
            except KeyboardInterrupt:
                self.interrupted = True
                raise
            except Exception as error:  # whatever it is, pip gets it
                self.note(request.url, given.get("proxies"), error)
                raise
            finally:
                self.context.requests_under_way -= 1
            if not self.looks_at_itself:
                quietly(self.context, "what answers there", self._follow_page, request.url, answer)
            return answer

        return send

    def _follow_page(self, url: str, answer: "Any") -> None:
        if self.pages is not None:
            self.pages.follow(url, answer, redirected=bool(self.context.redirected_from))

    def _send(
        self, original: "Any", adapter: "Any", request: "Any", options: "Dict[str, Any]"
    ) -> "Any":
        if self.context.stopped:
            from spip.bridge import stop_run

            stop_run.refuse_if_stopped(self.context)
        if request.url[:5].lower() == "http:":
            self.relaxations.unverified()
        if self.relaxations.met is None:
            return original(adapter, request=request, **options)
        return self.relaxations.met.send(original, adapter, request, options, self.note)

    def note(self, url: str, proxies: "Any", error: BaseException) -> None:
        """Keep a failure for the finding, once: a relaxed one passes here twice."""
        if error is not self.noted and not self.looks_at_itself and not self.context.plan["plain"]:
            self.noted = error
            quietly(self.context, "finding", self._keep, url, proxies, error)

    def _keep(self, url: str, proxies: "Any", error: BaseException) -> None:
        from spip.bridge import failure_report

        self.failures.append(failure_report.failure(url, proxies, error))

    def _watch_redirects(self, given: "Dict[str, Any]", steps: "Any") -> "Any":
        return self._follow(given["resp"].url, steps)

    def _follow(self, url: str, steps: "Any") -> "Iterator[Any]":
        while True:
            self.context.redirected_from = url
            try:
                answer = next(steps)
            except StopIteration:
                return
            finally:
                self.context.redirected_from = ""
            url = getattr(answer, "url", "")
            yield answer

    def _stay(self, _: "Dict[str, Any]") -> None:
        self.went_out = False

    def _keep_page(self, given: "Dict[str, Any]", answer: "Any") -> None:
        """Pages that pip takes from its cache without asking (26.2): no adapter below sees them."""
        if self.pages is not None and not self.went_out and not self.looks_at_itself:
            self.pages.keep(given["request"].url, answer)

    def _keep_passed_over(self, given: "Dict[str, Any]", is_secure: "Any") -> None:
        if self.pages is not None and is_secure is False and not self.looks_at_itself:
            self.pages.pass_over(str(given["location"]))

    def _watch_not_found(self, original: "Any") -> "Any":
        def begin(error: "Any", *args: "Any", **options: "Any") -> None:
            self.not_found = str(args[0]) if args else ""
            original(error, *args, **options)

        return begin

    def _quiet(self, look: "Any") -> "Any":
        def quiet(*args: "Any", **options: "Any") -> "Any":
            self.looks_at_itself = True
            try:
                return look(*args, **options)
            finally:
                self.looks_at_itself = False

        return quiet

    def _refuse_final(self, given: "Dict[str, Any]") -> "Any":
        error = given.get("error")
        if error is None:
            return None
        from spip.bridge import failure_report

        return failure_report.final(given.get("url"), given.get("_pool"), error)

    def _tell_wait(self, given: "Dict[str, Any]", after: "Any") -> None:
        """Print one line, after the first failure that pip goes on about."""
        if given.get("error") is None or self.waits_told:
            return
        from spip.bridge import failure_report

        notice = failure_report.wait_notice(after, given.get("_pool"), self.timeout)
        if notice:
            self.waits_told = True
            self.context.say(notice)
