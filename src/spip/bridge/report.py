"""What a build's pip has to tell the pip that started it: its own output is seen by nobody.

A file of JSON lines. It is written before what it tells of happens, so what a kill cuts off of it
did not happen.
"""

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List


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
