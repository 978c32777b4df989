"""Have spip's own Python write down what runs without verification, before it does.

A fresh process, since the log is spip's and nothing of it may be imported beside pip.
"""

import json
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

    from spip.bridge.run import Run

_SECONDS = 30  # for a log on a network's disk, or a syslog that doesn't answer


class Record:
    """Answers what `spip.policy.audit_server` says; what fails to answer has written nothing."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.ids = []  # type: List[str]

    def tell(self, event: str, **facts: "Any") -> "Dict[str, Any]":
        """`ok`, whether it may go on; `why` not, or what else is to be said; `say` (own ways)."""
        try:
            answer = self._asked(dict(facts, event=event))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            why = "it could not be logged: spip's own Python failed (%s)" % error
            return {"ok": self._may_go_on(event), "why": why}
        if answer.get("id"):
            self.ids.append(answer["id"])
        return answer

    def _may_go_on(self, event: str) -> bool:
        """Whether what could not be logged may run all the same."""
        return event not in ("relax", "alive") and not self.run.plan["consent"]["log_demanded"]

    def _asked(self, told: "Dict[str, Any]") -> "Dict[str, Any]":
        told.update(argv=self.run.arguments, target=sys.executable, pip=self.run.pip)
        told["policy"] = self.run.plan["consent"]["policy_seen"]
        environ = dict(self.run.environ)
        environ.pop("__PYVENV_LAUNCHER__", None)
        with self.run.children.left_alone():
            process = subprocess.Popen(
                self.run.plan["consent"]["record"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environ,
            )
            with process:
                try:
                    said = process.communicate(json.dumps(told).encode("ascii"), _SECONDS)[0]
                except BaseException:
                    process.kill()
                    raise
        answer = json.loads(said.decode("utf-8"))
        if process.returncode or not isinstance(answer.get("ok"), bool):
            raise ValueError("exit %s" % process.returncode)
        return answer  # type: ignore[no-any-return]
