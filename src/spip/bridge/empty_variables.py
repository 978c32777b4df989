"""CURL_CA_BUNDLE set to nothing: before 2.28, requests then verifies nothing, whatever was said.

Nobody who empties a variable says that. Where spip sees to trust it is as if it weren't set, here
and for whatever pip starts; what plain pip makes of it is named and logged, or forbidden.
"""

import os

from spip.bridge.variables import BEAT_CERT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, MutableMapping

    from spip.bridge.run import Run


def drop(environ: "MutableMapping[str, str]") -> None:
    """Take those that are empty away."""
    for name in BEAT_CERT:
        if environ.get(name) == "":
            del environ[name]


def pass_over(run: "Run") -> None:
    """Before a session is built: this process's own are as if they weren't set."""
    if switch_off():
        run.say("CURL_CA_BUNDLE is empty, which switches verification off in this pip: passed over")
    drop(os.environ)


def tell(run: "Run", options: "Any") -> None:
    """Plain pip: name and log what it is about to do. Raises CommandError where that is forbidden.

    Verification is then off for every host, and nothing of spip's stands in the way.
    """
    if switch_off():
        run.options.append(options)
        run.without_verification().own_ways.empty_variable("CURL_CA_BUNDLE")


def switch_off() -> bool:
    """Whether they do, as this pip's own requests says."""
    if all(os.environ.get(name) != "" for name in BEAT_CERT):
        return False
    from pip._vendor import requests

    asked = requests.Session().merge_environment_settings("https://localhost", {}, None, None, None)
    return not asked["verify"] and asked["verify"] is not None
