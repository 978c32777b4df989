"""What refuses a grant before any host is asked: the policy, a pipeline, nobody at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spip import text
from spip.errors import SpipError
from spip.invocation import joined, started

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.commands.allow_insecure import Options
    from spip.policy.policy_file import Policy
    from spip.probe.endpoint import Endpoint

# What the variable CI says where this is no pipeline.
_NO = frozenset({"", "0", "false"})


def see_to(
    wanted: Options, host: Endpoint, rules: Policy, environ: Mapping[str, str], *, terminal: bool
) -> None:
    """Raise SpipError where no grant may be given."""
    if rules.broken or not rules.allows(host.host, host.port):
        raise rules.against(f"a grant for {host.shown}")
    if wanted.length > rules.longest:
        longest = text.format_duration(rules.longest)
        raise rules.against(f"a grant for longer than {longest}")
    if environ.get("CI", "").strip().lower() not in _NO and not rules.in_ci:
        raise SpipError(
            "this is a pipeline (CI is set), where nobody sees what is switched off",
            "give it the root:  SPIP_CA_BUNDLE=FILE; or have an administrator allow it "
            "(docs/policy.md, in-ci)",
        )
    if not (wanted.yes or terminal):
        raise SpipError("nobody is there to confirm it", _with_yes(wanted, host))


def _with_yes(wanted: Options, host: Endpoint) -> str:
    words = ["allow-insecure", host.shown, "--reason", wanted.reason, "--yes"]
    words += ["--for", text.duration_word(wanted.length)] if wanted.length else []
    return joined([*started(), *words, *(("--", *wanted.pip) if wanted.pip else ())])
