"""Ask the target's own pip for pages, in one process, as spip runs it or without spip."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spip import handover, redact
from spip.probe.results import Answer
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.bridge.inherited_text import Inherited
    from spip.probe.endpoint import Endpoint

# Seconds for the interpreter to start and to import pip, beside the time that a host may take.
_START = 15.0
_END = 5.0  # seconds until the pipe of a killed process is at its end
# Windows: CREATE_NO_WINDOW of its process creation flags, which subprocess has only there.
_NO_WINDOW = 0x08000000
# The command whose options hold where none was typed.
INSTALL = ("install",)


@dataclass(frozen=True)
class Reply:
    """What pip got for a page: an answer, or the failure that `doctor.failed` reads.

    `wants_login`: pip would ask for a name and a password, where a person is there to type them.
    `passed_over`: it would ask no index there, since the address is http and the host not trusted.
    """

    answer: Answer | None = None
    failure: Mapping[str, Any] | None = None
    wants_login: bool = False
    passed_over: bool = False


class TargetPip:
    """Asks without a terminal: nobody is prompted, and nothing that is printed shows."""

    def __init__(
        self, command: Sequence[str], given: Inherited, environ: Mapping[str, str]
    ) -> None:
        self._waiting: dict[str, list[queue.SimpleQueue[Reply | None]]] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._started = threading.Event()
        self.problem = ""  # why pip doesn't start with its settings, in its words
        self._process = _started(command, given, environ)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, place: Endpoint) -> Pending:
        """Ask for a page, and go on; `Pending.reply` waits for what came of it."""
        answer: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        with self._lock:
            ended = self._ended or self._process is None
            first = place.url not in self._waiting
            self._waiting.setdefault(place.url, []).append(answer)
            if ended:
                answer.put(None)
            elif first and self._process and self._process.stdin:
                with contextlib.suppress(OSError):
                    self._process.stdin.write(json.dumps(place.url).encode("ascii") + b"\n")
                    self._process.stdin.flush()
        return Pending(answer)

    def why_not(self) -> str:
        """Return why this pip doesn't start with its settings, in its words; "" if it does."""
        self._started.wait(_START)
        return self.problem

    def close(self) -> None:
        """End it; a host that still hangs is no reason to wait."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join(_END)
            for stream in filter(None, (self._process.stdin, self._process.stdout)):
                with contextlib.suppress(OSError, ValueError):  # words that it didn't read
                    stream.close()

    def _read(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            for line in self._process.stdout:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    said = json.loads(line)
                    if "url" not in said:
                        self.problem = printable(redact.text(said.get("problem", "")), 300)
                        self._started.set()
                        continue
                    self._hand_out(said["url"], _reply(said))
        self._started.set()
        with self._lock:
            self._ended = True
            urls = list(self._waiting)
        for url in urls:
            self._hand_out(url, None)

    def _hand_out(self, url: str, reply: Reply | None) -> None:
        with self._lock:
            for waiting in self._waiting.pop(url, ()):
                waiting.put(reply)


class Pending:
    """A reply that is on its way."""

    def __init__(self, answer: queue.SimpleQueue[Reply | None]) -> None:
        self._answer = answer
        self._begun = time.monotonic() + _START

    def reply(self, seconds: float) -> Reply | None:
        """Return it; None where this pip can't be asked, or took longer once it has begun."""
        try:
            return self._answer.get(timeout=seconds + max(0.0, self._begun - time.monotonic()))
        except queue.Empty:
            return None


def target_pip(
    python: str, environ: Mapping[str, str], arguments: Sequence[str] = INSTALL, *, alone: bool
) -> TargetPip:
    """Start the pip of `python` as spip runs it, or `alone` as it is without spip.

    `arguments`: a pip command, whose options hold. No grant is used.
    """
    plan = handover.plan(environ)
    consent = {**plan["consent"], "grants": [], "notices": []}
    plan.update(asks_pages=True, consent=consent, plain=plan["plain"] or alone)
    return TargetPip(*handover.bridge_command(python, plan, arguments), environ)


def _started(
    command: Sequence[str], given: Inherited, environ: Mapping[str, str]
) -> subprocess.Popen[bytes] | None:
    """In a session of its own, so that OpenSSL and keyrings find no terminal to ask at."""
    kept = {name: environ[name] for name in environ if name != "__PYVENV_LAUNCHER__"}
    kept.pop("SPIP_DEBUG", None)
    apart: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": _NO_WINDOW}
    given.give(apart)
    try:
        return subprocess.Popen(
            command,
            env=kept,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **apart,
        )
    except OSError:  # a target that can't be started has been named before
        return None
    finally:
        given.close()


def _reply(said: Mapping[str, Any]) -> Reply:
    passed_over = bool(said.get("passed_over"))
    if "failure" in said:
        return Reply(failure=said["failure"], passed_over=passed_over)
    answer = Answer(
        status=int(said["status"]),
        reason=printable(str(said["reason"])),
        body=base64.b64decode(said["body"]),
        content_type=str(said["type"]).partition(";")[0].strip().lower(),
    )
    return Reply(answer, wants_login=bool(said["wants_login"]), passed_over=passed_over)
