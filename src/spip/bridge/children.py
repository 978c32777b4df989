"""What pip's children are told: the build's pip, the build backend, git, and the tools they call.

They only ever see environment variables, so the merged bundle goes under each name they read. It
is asked for when the first child starts: an install of wheels never builds it.
"""

import os
import re
import subprocess
import sys

TYPE_CHECKING = False  # typing costs an import that pip may not need
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, Optional

# Variables that pip itself reads too; `--cert` on the command line has to win over the first two,
# and no pip lets it (requests reads them later than pip reads its options).
BEAT_CERT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PIP_READS = (*BEAT_CERT, "SSL_CERT_FILE")
# pip sets this for the interpreter that it hands over to (`--python`, `PIP_PYTHON`).
HANDED_OVER = "_PIP_RUNNING_IN_SUBPROCESS"
# Each of these replaces what its tool trusts (NODE_EXTRA_CA_CERTS adds).
OTHER_TOOLS = ("GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "NODE_EXTRA_CA_CERTS")

# optparse takes any abbreviation that is not shared with another option.
_PROXY = re.compile(r"--prox(y)?(=|$)")


class Children:
    """Completes the environment of each process that pip starts once it has a session."""

    def __init__(
        self, bundle: "Callable[[], Optional[str]]", *, cert_on_command_line: bool
    ) -> None:
        self.bundle = bundle
        self.cert_on_command_line = cert_on_command_line
        self.has_session = False

    def watch(self) -> None:
        """Wrap subprocess.Popen for the rest of this process, which runs nothing but pip."""
        original = subprocess.Popen.__init__

        def start(popen: "Any", args: "Any", *rest: "Any", **options: "Any") -> None:
            environ = options.get("env") or os.environ
            if self.has_session or (HANDED_OVER in environ and _command() != "debug"):
                options["env"] = self.complete(dict(environ))
            original(popen, args, *rest, **options)

        subprocess.Popen.__init__ = start  # type: ignore[method-assign, assignment]

    def complete(self, environ: "Dict[str, str]") -> "Dict[str, str]":
        """`environ`, with the merged bundle under each name that a child may read."""
        had_session, self.has_session = self.has_session, False
        bundle = self.bundle()  # may start a process of its own
        self.has_session = had_session
        if bundle is not None:
            environ.update(dict.fromkeys(self._names(environ), bundle))
        return environ

    def _names(self, environ: "Dict[str, str]") -> "Any":
        names = [name for name in OTHER_TOOLS if not os.path.isfile(environ.get(name, ""))]
        names += ["SSL_CERT_FILE"] if self.cert_on_command_line else PIP_READS
        # With a proxy of pip's own, pip 24.1 and newer reads no variable but those named PIP_. They
        # show in `config list`, so the pip that pip hands over to gets none without need.
        if HANDED_OVER not in environ or _proxy_is_configured():
            names.append("PIP_CERT")
        return names


def _command() -> str:
    """pip's command, as pip's own parser finds it. `debug` prints the variables that we'd set."""
    from pip._internal.cli.main_parser import create_main_parser

    rest = create_main_parser().parse_args(sys.argv[1:])[1]
    return str(rest[0]) if rest else ""


def _proxy_is_configured() -> bool:
    """Whether `--proxy`, PIP_PROXY or a configuration file names a proxy."""
    from pip._internal.configuration import Configuration

    if any(_PROXY.match(word) for word in sys.argv[1:]):
        return True
    configuration = Configuration(isolated="--isolated" in sys.argv)
    configuration.load()
    return any(name.endswith(".proxy") for name, _ in _pairs(configuration))


def _pairs(configuration: "Any") -> "Iterator[Any]":
    """(name, value) of each setting; from pip 25.1 on they lie one level deeper, by file."""
    for name, value in configuration.items():
        yield from value.items() if isinstance(value, dict) else ((name, value),)
