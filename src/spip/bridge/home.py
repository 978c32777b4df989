"""Ask the interpreter that spip is installed in, from inside another one."""

import json
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

_SECONDS = 120  # for 10,000 certificates on a busy machine with a network's home


class Home:
    """Answers `roots` as `spip.trust.resolve` does, by a subprocess of the home interpreter."""

    def __init__(self, command: "List[str]") -> None:
        self.command = command

    def roots(self, environ: "Dict[str, str]", question: "Dict[str, Any]") -> "Dict[str, Any]":
        """Ask; where spip's own Python fails, the answer says so as `trust.answer.roots` does."""
        # PYTHONHOME and PYTHONPATH are meant for the target, so -I stands in the command.
        environ = {name: environ[name] for name in environ if name != "__PYVENV_LAUNCHER__"}
        asked = json.dumps(question).encode("ascii")
        try:
            said = subprocess.check_output(self.command, env=environ, input=asked, timeout=_SECONDS)
            return json.loads(said.decode("ascii"))  # type: ignore[no-any-return]
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            return {
                "path": question["pip_certifi"],
                "merged": False,
                "failed": True,
                "temporary": None,
                "notices": ["spip's own Python failed (%s)" % error],
                "tools": {},
            }
