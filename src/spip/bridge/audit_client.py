"""Have spip's own Python write down what runs without verification, before it does.

A fresh process, since the log is spip's and nothing of it may be imported beside pip.
"""

import json
import os
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List

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


class Report:
    """The same file, for the one that writes and for the one that reads."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def begun(cls) -> "Report":
        """One that is this user's alone and goes with this process. Raises OSError."""
        import tempfile

        from spip.bridge.start import remove_at_exit

        folder = tempfile.mkdtemp(prefix="spip-")
        remove_at_exit(folder)
        return cls(os.path.join(folder, "report"))

    def tell(self, **facts: "Any") -> None:
        """Add an entry. Raises OSError, which ends that pip: what can't be told must not happen."""
        with open(self.path, "ab") as file:
            file.write(json.dumps(facts).encode("ascii") + b"\n")

    def follow(self, process: "Any", act: "Callable[[List[Dict[str, Any]]], None]") -> None:
        """Call `act` with all entries, once the process has been waited for."""
        original = process.wait

        def wait(*args: "Any", **options: "Any") -> "Any":
            code = original(*args, **options)
            process.wait = original
            act(self._taken())
            return code

        process.wait = wait

    def _taken(self) -> "List[Dict[str, Any]]":
        if not os.path.exists(self.path):
            return []
        with open(self.path, "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        return [json.loads(line.decode("ascii")) for line in lines]
