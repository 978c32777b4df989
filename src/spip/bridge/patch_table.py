"""List everything in pip that spip replaces or extends, and what each of these is there for."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Tuple

GUARD, NICETY = "guard", "nicety"
# What a guard may hold: `own-ways`, `certifi` and `log` are said by a policy, `grants` are in
# force, `relaxed` is what goes without verification by pip's own ways.
_UNVERIFIED = frozenset(("own-ways", "log", "grants", "relaxed"))
_EVERYTHING = _UNVERIFIED | {"certifi"}


class Patch:
    """One attribute of pip's. `modules`: it is in one of them, by the version of pip."""

    def __init__(
        self, modules: "Tuple[str, ...]", attribute: str, purpose: str, holds: "Any" = ()
    ) -> None:
        self.modules = modules
        self.attribute = attribute
        self.purpose = purpose  # finishes the sentence "by which spip ..."
        self.holds = frozenset(holds)
        self.kind = GUARD if holds else NICETY

    @property
    def lack(self) -> str:
        """Finishes the sentence "pip ..." where it isn't there."""
        return "has no %s in %s" % (self.attribute, " or ".join(self.modules))


_CLI = "pip._internal.cli."
_REQUESTS = "pip._vendor.requests."
TABLE = {
    "session": Patch(
        (_CLI + "index_command", _CLI + "req_command"),
        "SessionCommandMixin._build_session",
        "gives pip its trust, and sees what its options relax",
        _EVERYTHING,
    ),
    "trusted host": Patch(
        ("pip._internal.network.session",),
        "PipSession.add_trusted_host",
        "names and logs each trusted host",
        ("own-ways", "log", "relaxed"),
    ),
    "send": Patch(
        (_REQUESTS + "adapters",),
        "HTTPAdapter.send",
        "sees each request, and why it failed",
        _UNVERIFIED,
    ),
    "wheel candidates": Patch(
        ("pip._internal.cache",),
        "Cache._get_candidates",
        "leaves out wheels that were built from what came unencrypted",
        ("own-ways", "log"),
    ),
    "checkout": Patch(
        ("pip._internal.vcs.versioncontrol",),
        "VersionControl.obtain",
        "names and logs each repository that comes unencrypted",
        ("own-ways", "log"),
    ),
    # From here on comfort: what these don't see is seen again, later or in fewer words.
    "truststore context": Patch(
        (_CLI + "index_command", _CLI + "req_command"),
        "_create_truststore_ssl_context",
        "has the system's store read once",
    ),
    "requirements line": Patch(
        ("pip._internal.req.req_file",),
        "handle_option_line",
        "knows the line that named an http index",
    ),
    "redirects": Patch(
        (_REQUESTS + "sessions",),
        "SessionRedirectMixin.resolve_redirects",
        "knows what redirected to plain http",
    ),
    "retries": Patch(
        ("pip._vendor.urllib3.util.retry",),
        "Retry.increment",
        "doesn't ask again what was refused for good",
    ),
    "managed": Patch(  # 23.0
        ("pip._internal.exceptions",),
        "ExternallyManagedEnvironment.__init__",
        "says where to install instead",
    ),
    "own version": Patch(
        ("pip._internal.self_outdated_check",),
        "pip_self_version_check",
        "leaves pip's look at its own version out of the finding",
    ),
    "own version, fetched": Patch(  # 26.3
        ("pip._internal.self_outdated_check",),
        "pip_self_version_check_fetch",
        "leaves pip's look at its own version out of the finding",
    ),
    "cached page": Patch(
        ("pip._vendor.cachecontrol.adapter",),
        "CacheControlAdapter.send",
        "knows which page came out of pip's cache",
    ),
    "not found": Patch(
        ("pip._internal.exceptions",),
        "DistributionNotFound.__init__",
        "knows what pip found nothing of",
    ),
    "secure origin": Patch(
        ("pip._internal.network.session",),
        "PipSession.is_secure_origin",
        "knows which index pip passes over since its address is http",
    ),
    "install, may change pip": Patch(
        ("pip._internal.commands.install",),
        "protect_pip_from_modification_on_windows",
        "lets pip replace pip.exe, which doesn't run",
    ),
    "install": Patch(
        ("pip._internal.commands.install",),
        "install_given_reqs",
        "keeps spip.exe from being replaced while it runs",
    ),
    "uninstall, may change pip": Patch(
        ("pip._internal.commands.uninstall",),
        "protect_pip_from_modification_on_windows",
        "lets pip remove pip.exe, which doesn't run",
    ),
    "uninstall": Patch(
        ("pip._internal.commands.uninstall",),
        "UninstallCommand.run",
        "keeps spip.exe from being removed while it runs",
    ),
}
# The newest pip that the tests run, by the newest Python that it is for.
_KNOWN = (((3, 6), "21.3.1"), ((3, 7), "24.0"), ((3, 8), "25.0.1"), ((3, 9), "25.3"))
NEWEST = "26.3"


def newest_known_pip() -> str:
    """The newest pip for this Python that spip is known to work with."""
    here = sys.version_info[:2]
    return next((pip for newest, pip in _KNOWN if here <= newest), NEWEST)
