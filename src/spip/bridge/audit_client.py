"""Have spip's own Python write down what runs without verification, before it does.

A fresh process, since the log is spip's and nothing of it may be imported beside pip.
"""

import json
import subprocess
import sys

from spip.bridge.context import own_processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from spip.bridge.context import Context

_SECONDS = 30  # for a log on a network's disk, or a syslog that doesn't answer


class AuditClient:
    """Asks `spip.policy.audit_server`; where that fails to answer, nothing was written."""

    def __init__(self, context: "Context") -> None:
        self.context = context
        self.ids = []  # type: List[str]

    def log(self, event: str, **facts: "Any") -> "Dict[str, Any]":
        """Log an event, and ask whether it may go on.

        The answer: `ok`, `why` not or what else is to be said, `say` (native relaxations).
        """
        try:
            answer = self._ask(dict(facts, event=event))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            why = "it could not be logged: spip's own Python failed (%s)" % error
            return {"ok": self._may_go_on(event), "why": why}
        if answer.get("id"):
            self.ids.append(answer["id"])
        return answer

    def _may_go_on(self, event: str) -> bool:
        """Whether what could not be logged may run all the same."""
        return event not in ("relax", "alive") and not self.context.plan["consent"]["log_demanded"]

    def _ask(self, facts: "Dict[str, Any]") -> "Dict[str, Any]":
        facts.update(argv=self.context.arguments, target=sys.executable, pip=self.context.pip)
        facts["policy"] = self.context.plan["consent"]["policy_seen"]
        environ = dict(self.context.environ)
        environ.pop("__PYVENV_LAUNCHER__", None)
        with own_processes(self.context):
            process = subprocess.Popen(
                self.context.plan["consent"]["record"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environ,
            )
            with process:
                try:
                    output = process.communicate(json.dumps(facts).encode("ascii"), _SECONDS)[0]
                except BaseException:
                    process.kill()
                    raise
        answer = json.loads(output.decode("utf-8"))
        if process.returncode or not isinstance(answer.get("ok"), bool):
            raise ValueError("exit %s" % process.returncode)
        return answer  # type: ignore[no-any-return]
