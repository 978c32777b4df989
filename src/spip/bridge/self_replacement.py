"""Windows can't replace a program that runs: stop before pip tries to change `spip.exe`.

pip has the same rule for `pip.exe`, which doesn't run here; so `spip install --upgrade pip` works.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from spip.bridge.patches import Patches

_DISTRIBUTION = "spip-shim"


def guard(patches: "Patches", command: str) -> None:
    """`command` is what the user is to type instead, ready to be pasted.

    "" where the running `spip.exe` lies in another environment than the one that pip changes.
    """
    for word in ("install", "uninstall"):
        patches.use(word + ", may change pip", lambda _: _allow)
    if not command:
        return

    def install(given: "Any", *_: "Any") -> None:
        names = (requirement.name or "" for requirement in given["requirements"])
        _refuse_own(command, names)

    def uninstall(given: "Any", *_: "Any") -> None:
        _refuse_own(command, given["args"])

    patches.use("install", patches.nicety("install", install))
    patches.use("uninstall", patches.nicety("uninstall", uninstall))


def _allow(*_: "Any", **__: "Any") -> None:
    """What pip asks before it changes itself: `pip.exe` doesn't run, so it may."""


def _refuse_own(command: str, requirements: "Iterable[str]") -> None:
    """Raise pip's CommandError, which pip prints with exit code 1, if spip is among them."""
    from spip.bridge import stop_run

    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
        if re.sub(r"[-_.]+", "-", name).lower() == _DISTRIBUTION:
            raise stop_run.error("spip.exe can't replace itself while it runs; run:  %s" % command)
