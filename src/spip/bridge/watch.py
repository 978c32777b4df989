"""Watch which of pip's connections fail and why, and end retries that can't succeed.

pip prints "No matching distribution found" and keeps the cause to itself. A certificate that was
refused is refused again, so urllib3's retries (8 to 13 s) end at the first such error, with the
same last lines and exit code; everything else is retried as pip does it.
"""

import json
import subprocess
import sys

from spip.bridge import imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from spip.bridge.run import Run

# urllib3 waits no longer than this between two attempts (its own BACKOFF_MAX, in seconds).
_LONGEST_PAUSE = 120


class Watch:
    """What pip's connections came to. `failures` is what the finding is made of."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.failures = []  # type: List[Dict[str, Any]]
        self.interrupted = False
        self.finding = []  # type: List[str]  # the command that says it
        self.spip = ""  # how the user starts spip
        self.obeyed = None  # type: Optional[str]  # the file that --cert named
        self.only_default = False  # pip was told of no index
        self.timeout = 15.0  # seconds a connection may be silent; pip's own default
        self.waits_told = False

    def know(self, options: "Any") -> None:
        """Take from pip's options, and from the plan, what the finding needs to know."""
        from pip._internal.models.index import PyPI

        self.finding, self.spip = self.run.plan["finding"], self.run.plan["spip"]
        self.timeout = options.timeout or self.timeout
        self.only_default = getattr(options, "index_url", None) == PyPI.simple_url and not getattr(
            options, "extra_index_urls", None
        )

    def install(self) -> None:
        """Hook pip's requests and urllib3 when pip imports them."""
        imports.after("pip._vendor.requests.adapters", self._watch_adapter)
        imports.after("pip._vendor.urllib3.util.retry", self._watch_retries)

    def tell_after(self, pip: "Any") -> "Any":
        """Run pip; where it failed after a connection failed, have a fresh process say why.

        A fresh one, since nothing may be imported here after an install, and what pip installed
        or removed may be what an import would find.
        """
        try:
            code = pip()
        except SystemExit as end:
            self._tell(end.code)
            raise
        self._tell(code)
        return code

    def _tell(self, code: "Any") -> None:
        if not code or not self.failures or self.interrupted or not self.finding:
            return
        sys.stdout.flush()
        self.run.children.has_session = False  # the finding sees the variables that the user set
        told = {
            "failures": self.failures,
            "cert": self.run.cert,
            "obeyed": self.obeyed,
            "only_default": self.only_default,
            "spip": self.spip,
        }
        with subprocess.Popen(self.finding, stdin=subprocess.PIPE, env=self.run.environ) as process:
            process.communicate(json.dumps(told).encode("ascii"))

    def _watch_adapter(self, module: "Any") -> None:
        original = module.HTTPAdapter.send

        def send(adapter: "Any", request: "Any", *args: "Any", **options: "Any") -> "Any":
            try:
                return original(adapter, request, *args, **options)
            except KeyboardInterrupt:
                self.interrupted = True
                raise
            except Exception as error:  # whatever it is, pip gets it
                self._note(request.url, options.get("proxies"), error)
                raise

        module.HTTPAdapter.send = send

    def _note(self, url: str, proxies: "Any", error: BaseException) -> None:
        from pip._vendor.requests.utils import select_proxy

        cause = _root(error)
        self.failures.append(
            {
                "url": url,
                "proxy": select_proxy(url, proxies or {}),
                "error": type(cause).__name__,
                "text": str(cause),
                "verify_code": getattr(cause, "verify_code", None),
                "certificate": _is_refusal(cause),
            }
        )

    def _watch_retries(self, module: "Any") -> None:
        original = module.Retry.increment

        def increment(
            retry: "Any", method: "Any" = None, url: "Any" = None, *args: "Any", **options: "Any"
        ) -> "Any":
            error, pool = options.get("error"), options.get("_pool")
            if error is not None and any(_is_refusal(cause) for cause in _causes(error)):
                from pip._vendor.urllib3.exceptions import MaxRetryError

                raise MaxRetryError(pool, url, error)
            after = original(retry, method, url, *args, **options)
            if error is not None:
                self._tell_wait(after, pool)
            return after

        module.Retry.increment = increment

    def _tell_wait(self, retry: "Any", pool: "Any") -> None:
        """One line, after the first failure that pip goes on about."""
        host = getattr(pool, "host", None)
        if self.waits_told or host is None or not isinstance(retry.total, int) or not retry.total:
            return
        self.waits_told = True
        pauses = sum(_pause(retry.backoff_factor, attempt) for attempt in range(1, retry.total + 1))
        longest = retry.total * self.timeout + pauses
        self.run.say(
            "%s does not answer as it should; pip asks %d more times, at most %d s (Ctrl-C ends it)"
            % (host, retry.total, round(longest))
        )


def _pause(factor: float, attempt: int) -> float:
    return float(min(_LONGEST_PAUSE, factor * 2 ** (attempt - 1)))


def _is_refusal(error: BaseException) -> bool:
    """Whether TLS refused a certificate; Python 3.6 has no class of its own for that."""
    ssl = sys.modules.get("ssl")
    if ssl is None:
        return False
    named = getattr(ssl, "SSLCertVerificationError", ssl.CertificateError)
    refused = isinstance(error, (named, ssl.CertificateError))
    return refused or getattr(error, "reason", None) == "CERTIFICATE_VERIFY_FAILED"


def _causes(error: "Optional[BaseException]") -> "Iterator[BaseException]":
    """An error and what it was made from, outermost first, as requests and urllib3 nest them."""
    seen = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        inside = [part for part in error.args if isinstance(part, BaseException)]
        reason = getattr(error, "reason", None)
        below = [reason] if isinstance(reason, BaseException) else inside
        error = below[0] if below else error.__cause__ or error.__context__


def _root(error: BaseException) -> BaseException:
    causes = list(_causes(error))
    refusals = [cause for cause in causes if _is_refusal(cause)]
    return refusals[0] if refusals else causes[-1]
