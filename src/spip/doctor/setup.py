"""What the doctor goes by before it asks any host: the target, its settings, the sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from spip.bridge import where
from spip.doctor.clock import clock, witnesses
from spip.doctor.sources import consulted
from spip.environment import system
from spip.environment.pip_settings import BUILTIN, index_urls
from spip.environment.target_facts import here, proxies
from spip.probe.endpoint import parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spip.diagnosis.evidence import Clock, Consulted
    from spip.doctor.known import Known
    from spip.doctor.target_pip import TargetPip
    from spip.environment.pip_settings import Setting, Settings
    from spip.environment.target_facts import Facts
    from spip.probe.endpoint import Endpoint


@dataclass(frozen=True)
class Order:
    """What is to be examined: places that the user named (none: pip's indexes), and how."""

    named: tuple[Endpoint, ...] = ()
    strict: bool = False
    by_module: bool = False
    spip: str = "spip"


@dataclass(frozen=True)
class Setup:
    """What was found without any network."""

    facts: Facts
    settings: Settings
    indexes: tuple[Setting, ...]
    sources: tuple[Consulted, ...]
    platform: str
    notices: tuple[str, ...] = ()

    @property
    def default_hosts(self) -> frozenset[str]:
        """The hosts of pip's built-in index and of its files."""
        pip = self.facts.pip
        if pip is None or not pip.default_index:
            return frozenset()
        return frozenset({parse_endpoint(pip.default_index).host, pip.default_files})


def set_up(order: Order, environ: Mapping[str, str]) -> Setup:
    """Ask the target and read the sources. Raises SpipError where the target doesn't answer."""
    this = here(environ, by_module=order.by_module)
    return Setup(
        facts=this.facts,
        settings=this.settings,
        indexes=index_urls(this.settings, this.facts.pip),
        sources=consulted(this.sources, _cert_at(this.settings)),
        platform=system.platform(),
        notices=this.notices,
    )


def _cert_at(found: Settings) -> str:
    """The file and the line that have pip's setting `cert`, "" where no file made it."""
    cert = found.get("cert")
    return where.in_files(where.CERT, cert.value, [cert.file]) if cert and cert.file else ""


def known(
    order: Order,
    setup: Setup,
    environ: Mapping[str, str],
    pips: tuple[TargetPip | None, TargetPip | None] = (None, None),
) -> Known:
    """Return what every host is examined by; `pips`: the target's, through spip and alone.

    Needs ssl.
    """
    from spip.doctor import client_certificate
    from spip.doctor.known import Known

    client = setup.settings.get("client-cert")
    builtin_alone = [each.named_by for each in setup.indexes] == [BUILTIN]
    return Known(
        environ=environ,
        sources=setup.sources,
        proxies=proxies(setup.settings, setup.facts.pip, environ),
        clock=_clock(setup),
        platform=setup.platform,
        default_hosts=setup.default_hosts,
        only_default=builtin_alone and not order.named,
        proxy_script=lambda: system.proxy_script(setup.platform, environ),
        client_certificate=client_certificate.read(client.value if client else ""),
        client_certificate_by=client.named_by if client and not client.file else "",
        windows=system.windows_roots,
        pip=pips[0],
        pip_alone=pips[1],
    )


def _clock(setup: Setup) -> Clock:
    labels = [each.label for each in setup.sources if each.kind == "certifi"]
    versions = [label.removeprefix("certifi").strip() for label in labels]
    return clock(datetime.now(timezone.utc), witnesses(versions, setup.facts.built))
