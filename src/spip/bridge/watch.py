"""Watch pip's connections: which fail and why, which nobody verifies, where one may be relaxed.

pip prints "No matching distribution found" and keeps the cause to itself. What was refused for a
reason that can't change is refused again, so urllib3's retries (8 to 13 s) end at the first such
error, with the same last lines and exit code; everything else is retried as pip does it.
"""

from spip.bridge import imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from spip.bridge.finding import Finding
    from spip.bridge.pages import Pages
    from spip.bridge.run import Run

# What requests' HTTPAdapter.send takes after the request; pip passes it in both ways.
_SEND = ("stream", "timeout", "verify", "cert", "proxies")


class Watch:
    """What pip's connections came to. `failures` is what the finding is made of."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.failures = []  # type: List[Dict[str, Any]]
        self.noted = None  # type: Optional[BaseException]
        self.interrupted = False
        self.finding = None  # type: Optional[Finding]  # once there is a session
        self.pages = None  # type: Optional[Pages]  # once there is a session
        self.obeyed = None  # type: Optional[str]  # the file that --cert named
        self.timeout = 15.0  # seconds a connection may be silent; pip's own default
        self.waits_told = False
        self.looks_at_itself = False  # pip looks for a newer pip, and says nothing if that fails
        self.redirected_from = ""  # the URL whose answer is being followed

    def know(self, options: "Any") -> None:
        """A session was made: from here on a connection may fail, and nothing may be imported."""
        from spip.bridge.finding import Finding
        from spip.bridge.pages import Pages

        indexes = (getattr(options, "index_url", None), *getattr(options, "extra_index_urls", ()))
        self.pages = Pages(() if getattr(options, "no_index", False) else indexes)
        self.timeout = options.timeout or self.timeout
        self.finding = Finding(self.run, options, self.obeyed)

    def install(self) -> None:
        """Hook pip's requests and urllib3 when pip imports them."""
        self.watch_connections()
        imports.after("pip._vendor.urllib3.util.retry", self._watch_retries)
        imports.after("pip._internal.self_outdated_check", self._watch_own_version)

    def watch_connections(self) -> None:
        """Each request that pip sends, and where it was sent to by an answer."""
        imports.after("pip._vendor.requests.adapters", self._watch_adapter)
        imports.after("pip._vendor.requests.sessions", self._watch_redirects)

    def tell_after(self, pip: "Any") -> "Any":
        """Run pip; where it failed after a connection failed, have the finding said."""
        try:
            code = pip()
        except SystemExit as end:
            code = self._after(end.code)
            if code != end.code:
                return code
            raise
        except BaseException as error:
            if self.run.unverified is not None:
                self.run.unverified.end(type(error).__name__)
            raise
        return self._after(code)

    def _after(self, code: "Any") -> "Any":
        unverified = self.run.unverified
        if unverified is not None:
            code = unverified.end(code)
        if unverified is None or not unverified.stopped:
            self._tell(code)
        return code

    def _tell(self, code: "Any") -> None:
        self.run.managed.tell(code)
        if not code or self.finding is None or self.interrupted:
            return
        pages = self.pages.odd() if self.pages else []
        if self.failures or pages:
            self.finding.tell(self.failures, pages)

    def _watch_adapter(self, module: "Any") -> None:
        original = module.HTTPAdapter.send

        def send(adapter: "Any", request: "Any", *args: "Any", **options: "Any") -> "Any":
            options.update(zip(_SEND, args))  # noqa: B905  # Python 3.10's
            try:
                answer = self._send(original, adapter, request, options)
            except KeyboardInterrupt:
                self.interrupted = True
                raise
            except Exception as error:  # whatever it is, pip gets it
                self.note(request.url, options.get("proxies"), error)
                raise
            if self.pages is not None and not self.looks_at_itself:
                self.pages.follow(request.url, answer, redirected=bool(self.redirected_from))
            return answer

        module.HTTPAdapter.send = send

    def _send(
        self, original: "Any", adapter: "Any", request: "Any", options: "Dict[str, Any]"
    ) -> "Any":
        run = self.run
        if request.url[:5].lower() == "http:":
            run.without_verification()
        if run.unverified is None:
            return original(adapter, request, **options)
        return run.unverified.send(original, adapter, request, options, self.redirected_from)

    def note(self, url: str, proxies: "Any", error: BaseException) -> None:
        """Keep a failure for the finding, once: a relaxed way's passes here twice."""
        if error is not self.noted and not self.looks_at_itself:
            from spip.bridge import failures

            self.noted = error
            self.failures.append(failures.failure(url, proxies, error))

    def _watch_redirects(self, module: "Any") -> None:
        original = module.SessionRedirectMixin.resolve_redirects

        def resolve_redirects(
            session: "Any", response: "Any", *args: "Any", **options: "Any"
        ) -> "Iterator[Any]":
            steps = original(session, response, *args, **options)
            while True:
                self.redirected_from = response.url
                try:
                    response = next(steps)
                except StopIteration:
                    return
                finally:
                    self.redirected_from = ""
                yield response

        module.SessionRedirectMixin.resolve_redirects = resolve_redirects

    def _watch_own_version(self, module: "Any") -> None:
        for name in ("pip_self_version_check", "pip_self_version_check_fetch"):  # the last: 26.3
            if hasattr(module, name):
                setattr(module, name, self._quiet(getattr(module, name)))

    def _quiet(self, look: "Any") -> "Any":
        def quiet(*args: "Any", **options: "Any") -> "Any":
            self.looks_at_itself = True
            try:
                return look(*args, **options)
            finally:
                self.looks_at_itself = False

        return quiet

    def _watch_retries(self, module: "Any") -> None:
        original = module.Retry.increment

        def increment(
            retry: "Any", method: "Any" = None, url: "Any" = None, *args: "Any", **options: "Any"
        ) -> "Any":
            error, pool = options.get("error"), options.get("_pool")
            if error is None:
                return original(retry, method, url, *args, **options)
            from spip.bridge import retries

            retries.refuse_final(url, pool, error)
            after = original(retry, method, url, *args, **options)
            retries.tell_wait(self, after, pool)
            return after

        module.Retry.increment = increment
