"""Relax one origin: after a verified attempt was refused, and while a grant for it lives.

Imported where there is a grant. What has to hold is said in docs/allow-insecure.md.
"""

import os

from spip import redact, uptime
from spip.bridge import caches, failure_report, grant_banner, pinned_adapter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from spip.bridge.audit_client import AuditClient
    from spip.bridge.context import Context
    from spip.bridge.download_log import DownloadLog
    from spip.bridge.patches import Patches
    from spip.redact import Origin


class GrantedOrigin:
    """One grant. `origin` is what it is for; `adapter` what leads there, once it was opened."""

    def __init__(
        self,
        context: "Context",
        patches: "Patches",
        audit: "AuditClient",
        grant: "Dict[str, Any]",
    ) -> None:
        self.context = context
        self.patches = patches
        self.audit = audit
        self.grant = grant
        self.origin = ("https", grant["host"].lower(), grant["port"])
        self.shown = redact.shown(grant["host"].lower(), grant["port"])
        self.adapter = None  # type: Any
        self.ended = False
        self.denied = False
        self.outcome = ""  # what the log says of it beside pip's exit code
        self.file_state = self._state()

    def left(self) -> float:
        """Seconds until it ends, by a clock that nobody sets."""
        return 0.0 if self.ended else max(0.0, self.grant["ends"] - uptime.seconds())

    def may_open(self, adapter: "Any", options: "Dict[str, Any]", error: BaseException) -> bool:
        """Whether this refusal is one that the grant is for; having it logged is part of it."""
        if self.denied or self.left() <= 0:
            self.context.debug("not relaxed: there is no grant for it now")
            return False
        code = failure_report.untrusted_issuer(error)
        if code is None:
            self.context.debug(
                "not relaxed: %r is not an untrusted issuer" % failure_report.root(error)
            )
            return False
        if not pinned_adapter.is_strict(adapter, options.get("verify")):
            self._deny("nothing is relaxed: the refused connection shares a loose context")
            return False
        return self._logged(code, failure_report.root(error))

    def open(self, adapter: "Any", options: "Dict[str, Any]") -> None:
        """Make an adapter beside the one that was refused."""
        self.adapter = pinned_adapter.adapter(
            adapter,
            self.grant["sha256"],
            options.get("verify"),
            self._admit,
            self._pin,
        )

    def _pin(self, tls_context: "Any", fingerprint: str) -> None:
        """Have connections of that TLS context carry requests to that one certificate."""
        self.context.pinned.append((tls_context, fingerprint))

    def send(self, request: "Any", options: "Dict[str, Any]") -> "Any":
        """Send a request by that adapter. Raises what pip is to see."""
        try:
            return self.adapter.send(request, **options)
        except Exception as error:
            if isinstance(error, (AttributeError, TypeError)):  # this pip knows no such adapter
                self.adapter = None
                self.patches.fail("send", error)
            if any(
                failure_report.is_other_certificate(cause) for cause in failure_report.causes(error)
            ):
                self._deny(grant_banner.other_certificate(self.grant))
                self.outcome = "another certificate was presented"
            raise

    def _deny(self, why: str) -> None:
        self.adapter = None
        self.denied = True
        self.context.say(why)

    def _logged(self, code: int, cause: BaseException) -> bool:
        answer = self.audit.log("relax", error=str(cause), verify_code=code, **self._names())
        if not answer["ok"]:
            self._deny(answer.get("why") or "it can't be logged, so nothing is relaxed")
        return bool(answer["ok"])

    def _admit(self, request: "Any") -> None:
        """Raise what requests raises for a refused certificate, if this may not leave now."""
        if redact.origin(request.url) != self.origin or not self._still():
            from pip._vendor.requests.exceptions import SSLError

            raise SSLError("what was allowed for %s has ended" % self.shown, request=request)
        if "Authorization" in request.headers:
            self.context.say("  the login for %s goes over this connection too" % self.shown)

    def _still(self) -> bool:
        state = self._state()
        if state != self.file_state and not self.ended:
            self.file_state = (
                state  # as it was before it is read, so that no later change is missed
            )
            self.ended = not self.audit.log("alive", **self._names())["ok"]
        return self.left() > 0

    def _names(self) -> "Dict[str, Any]":
        """What tells it from others."""
        return {name: self.grant[name] for name in ("host", "port", "sha256")}

    def _state(self) -> "Optional[Tuple[int, int, int]]":
        try:
            state = os.stat(self.context.plan["consent"]["grants_file"])
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns, state.st_size


# Builds then fetch their requirements in this process, where the connection can be watched.
_IN_PROCESS = "inprocess-build-deps"  # pip 26.0


class Sent:
    """An answer; `is_native`: it came as pip alone would have got it, not by a grant."""

    def __init__(self, answer: "Any", *, is_native: bool = False) -> None:
        self.answer = answer
        self.is_native = is_native


class GrantedOrigins:
    """This run's grants, by origin."""

    def __init__(
        self,
        context: "Context",
        patches: "Patches",
        audit: "AuditClient",
        downloads: "DownloadLog",
    ) -> None:
        self.context = context
        self.patches = patches
        self.audit = audit
        self.downloads = downloads
        self.by_origin = {}  # type: Dict[Origin, GrantedOrigin]

    def begin_session(self, options: "Any") -> None:
        """Before a session is built: no caches, and the banner, once."""
        caches.switch_off(self.context)
        features = options.features_enabled
        if features is None:
            features = options.features_enabled = []
        is_known = self.context.pip_version >= (26, 0)
        if is_known and not {_IN_PROCESS, "venv-isolation"} & set(features):
            features.append(_IN_PROCESS)
        if self.by_origin:
            return
        for grant in self.context.plan["consent"]["grants"]:
            granted = GrantedOrigin(self.context, self.patches, self.audit, grant)
            self.by_origin[granted.origin] = granted
        self._print_opening(pinned=bool(options.require_hashes))

    def _print_opening(self, *, pinned: bool) -> None:
        for granted in self.by_origin.values():
            for line in grant_banner.opening(
                granted.grant,
                seconds=granted.left(),
                spip=self.context.plan["spip"],
                pinned=pinned,
            ):
                self.context.say(line)

    def send(
        self,
        original: "Any",
        adapter: "Any",
        request: "Any",
        options: "Dict[str, Any]",
        note: "Callable[[str, Any, BaseException], None]",
    ) -> Sent:
        """Send a request by `original(adapter, ...)`, or where that is refused, by a grant.

        Raises what pip is to see; `note(url, proxies, error)` is told what a grant didn't help.
        """
        granted = self.by_origin.get(redact.origin(request.url))  # type: ignore[arg-type]
        if granted is not None and granted.adapter is adapter:
            answer = original(adapter, request=request, **options)
            self.downloads.follow(answer)
            return Sent(answer)
        if granted is not None and granted.adapter is not None and granted.left() > 0:
            return Sent(granted.send(request, options))
        try:
            return Sent(original(adapter, request=request, **options), is_native=True)
        except Exception as error:
            if granted is None or not self._open(granted, adapter, options, error):
                raise
            refused = error
        try:
            return Sent(granted.send(request, options))
        except Exception:  # only now is the refusal one that pip failed from
            note(request.url, options.get("proxies"), refused)
            raise

    def _open(
        self,
        granted: "GrantedOrigin",
        adapter: "Any",
        options: "Dict[str, Any]",
        error: BaseException,
    ) -> bool:
        try:
            if not granted.may_open(adapter, options, error):
                return False
            granted.open(adapter, options)
        except (AttributeError, ImportError, TypeError, KeyError) as fault:
            self.patches.fail("send", fault)
            return False
        return True

    def outcome(self) -> str:
        """What the log says beside pip's exit code, "" for nothing."""
        return next((each.outcome for each in self.by_origin.values() if each.outcome), "")

    def end(self, downloads: "List[Dict[str, Any]]") -> None:
        """Print the banner again; `downloads`: what the log says of files."""
        for origin, granted in self.by_origin.items():
            count = sum(redact.origin(file["url"]) == origin for file in downloads)
            for line in grant_banner.closing(
                granted.grant,
                seconds=granted.left(),
                spip=self.context.plan["spip"],
                used=granted.adapter is not None,
                files=count,
            ):
                self.context.say(line, again=True)

    def begin_child(self, words: "List[str]") -> None:
        """Say what isn't relaxed, where pip starts a pip of its own for a build."""
        command = " ".join(words)
        for granted in self.by_origin.values():
            if granted.origin[1] in command:
                self.context.say(
                    "what this pip fetches for a build stays verified, from %s too; if it is "
                    "refused:  --only-binary :all:" % granted.shown
                )
