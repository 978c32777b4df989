"""Have a fresh process say why pip failed, from what was seen of its connections.

A fresh one, since nothing may be imported here after an install, and what pip installed or removed
may be what an import would find. So this is imported as soon as there is a session.
"""

import json
import subprocess
import sys

from spip.bridge import where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from spip.bridge.run import Run


class Finding:
    """What `spip.doctor.after_failure` is told. `obeyed`: the file that `--cert` named, if it counts."""

    def __init__(self, run: "Run", options: "Any", obeyed: "Optional[str]") -> None:
        self.run = run
        self.command = run.plan["finding"]
        index, more = (getattr(options, name, None) for name in ("index_url", "extra_index_urls"))
        self.told = {
            "client_cert": options.client_cert,
            "obeyed": obeyed,
            "python": sys.executable,
            "arguments": run.arguments,
            "only_default": index == _default_index() and not more,
            "spip": run.plan["spip"],  # how the user starts spip
            "without_ssl": _without_ssl(),
        }

    def tell(self, failures: "List[Dict[str, Any]]", pages: "List[Dict[str, Any]]") -> None:
        """Print it on stderr, under pip's own lines."""
        sys.stdout.flush()
        cert = {"cert": self.run.cert, "cert_at": _cert_at(self.run)}
        told = dict(self.told, failures=failures, pages=pages, **cert)
        with self.run.children.left_alone():  # the finding sees the variables that the user set
            process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=self.run.environ)
            with process:
                process.communicate(json.dumps(told).encode("ascii"))


def _default_index() -> str:
    try:
        from pip._internal.models.index import PyPI

        return str(PyPI.simple_url)
    except (ImportError, AttributeError):
        return ""


def _cert_at(run: "Run") -> str:
    """The file and the line that have pip's setting, "" where no file made it."""
    if not run.cert or run.environ.get("PIP_CERT"):
        return ""
    try:
        files = where.configuration_files(isolated="--isolated" in run.arguments)
    except (ImportError, AttributeError):  # a pip that nobody knows yet
        return ""
    return where.in_files(where.CERT, run.cert, files)


def _without_ssl() -> "Optional[str]":
    """This Python, if it can't open https at all."""
    try:
        import ssl
    except ImportError:
        return sys.executable
    return None
