"""Find what is wrong on the way to a proxy and through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spip.diagnosis.findings import host_finding, make_finding
from spip.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.diagnosis.evidence import Evidence
    from spip.diagnosis.findings import Finding
    from spip.probe.proxy_url import Proxy
    from spip.probe.results import Failure

# What pip can't answer; each needs a program that logs in for it (RFC 4559 and its kin).
_NEED_HELPER = {"ntlm", "negotiate", "kerberos"}
# What web servers say to CONNECT, which they don't know (RFC 9110, 9.3.6 and 15.5); a proxy that
# doesn't let somebody through has other words for it.
_OF_WEB_SERVERS = {301, 302, 303, 307, 308, 400, 404, 405, 501}
# What this machine says of the way to the proxy, and the variant of the finding.
_OF_THIS_MACHINE = {"unreachable": "network", "forbidden": "forbidden"}
# How a handshake ends in what isn't a tunnel.
_NO_TUNNEL = {"not-tls", "closed", "reset"}
# A direct connection that ends so may be one that a proxy would have carried.
_NO_DIRECT_WAY = {"unknown-name", "timeout", "refused", "unreachable"}


def proxy_findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong on the way to and through the proxy."""
    failed, proxy = evidence.observed.failure, evidence.observed.proxy
    if failed is None:
        return
    if failed.kind == "unreadable":
        yield _unreadable(evidence, failed)
    elif proxy is None:
        yield from _none_configured(evidence, failed)
    elif is_no_proxy(evidence):
        yield _no_proxy(evidence, proxy)
    elif failed.step == "tunnel" and failed.kind == "status":
        yield _proxy_refused(evidence, proxy, failed)
    elif failed.step == "proxy-tls" and failed.kind == "certificate":
        yield _proxy_finding("proxy-certificate", evidence, proxy, text=failed.text)
    elif failed.step in {"proxy-tls", "tunnel"} and failed.kind == "wrong-scheme":
        yield _proxy_finding(
            "proxy-wrong-scheme", evidence, proxy, failed.reason, scheme=proxy.scheme
        )
    elif failed.step.startswith("proxy-") or failed.step == "tunnel":
        variant = _OF_THIS_MACHINE.get(failed.kind, "")
        yield _proxy_finding("proxy-unreachable", evidence, proxy, variant, text=failed.text)


def is_no_proxy(evidence: Evidence) -> bool:
    """Whether what answers at the proxy's address is no proxy: a web server, or no HTTP at all."""
    failed, answer = evidence.observed.failure, evidence.observed.proxy_answer
    if failed is None or evidence.observed.proxy is None:
        return False
    if failed.step == "tunnel" and failed.kind == "not-http":
        return True
    if answer is None or answer.is_from_proxy:
        return False
    if failed.step == "tunnel" and failed.kind == "status":
        return failed.code in _OF_WEB_SERVERS and not answer.logins
    # A page, where a tunnel was promised: 200 is a web server's answer to anything.
    is_page = answer.content_type.startswith("text/")
    return failed.step == "handshake" and failed.kind in _NO_TUNNEL and is_page


def _no_proxy(evidence: Evidence, proxy: Proxy) -> Finding:
    answer = evidence.observed.proxy_answer
    if answer is None:
        first = printable(evidence.observed.first_bytes.decode("latin-1").strip(), 40)
        return _proxy_finding("proxy-failed", evidence, proxy, "odd", bytes=first or "nothing")
    status = f"{answer.status} {answer.reason}".strip()
    return _proxy_finding("proxy-failed", evidence, proxy, "web", status=status)


def _unreadable(evidence: Evidence, failed: Failure) -> Finding:
    setting, corrected = failed.reason, failed.corrected
    return make_finding(
        "proxy-unreadable",
        next_variant="login" if failed.letters and corrected else "corrected" if corrected else "",
        about=evidence.host,
        setting=setting,
        text=failed.text,
        corrected=corrected,
        letters=failed.letters,
    )


def set_variable_command(platform: str, name: str, value: str) -> str:
    """Return the command that sets a variable in the shell that is usual there."""
    return f"$env:{name} = '{value}'" if platform == "windows" else f"export {name}={value}"


def _none_configured(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    script = evidence.proxy_script
    if script and failed.kind in _NO_DIRECT_WAY:
        set_proxy = set_variable_command(evidence.platform, "HTTPS_PROXY", "http://HOST:PORT")
        yield make_finding("proxy-script", about=evidence.host, script=script, set_proxy=set_proxy)


def _proxy_refused(evidence: Evidence, proxy: Proxy, failed: Failure) -> Finding:
    default = "default" if evidence.only_default else ""
    if failed.code == 407:
        return _login(evidence, proxy)
    if failed.code in {401, 403, 405, 451}:
        return _proxy_finding("proxy-forbids", evidence, proxy, default, status=failed.text)
    if failed.code == 511:  # RFC 6585, section 6
        return make_finding("captive-portal", variant="unnamed", about=evidence.host)
    return _proxy_finding("proxy-failed", evidence, proxy, status=failed.text)


def _login(evidence: Evidence, proxy: Proxy) -> Finding:
    answer = evidence.observed.proxy_answer
    offered = answer.logins if answer else ()
    lower = {name.lower() for name in offered}
    variant = "refused" if proxy.login else ""
    if lower and lower <= _NEED_HELPER:
        variant = "helper"
    return _proxy_finding(
        "proxy-login",
        evidence,
        proxy,
        variant,
        logins=" or ".join(offered) or "of a kind that it doesn't name",
        set_proxy_login=set_variable_command(
            evidence.platform, "HTTPS_PROXY", f"http://USER:PASSWORD@{proxy.shown}"
        ),
    )


def _proxy_finding(
    cause: str, evidence: Evidence, proxy: Proxy, variant: str = "", **facts: Any
) -> Finding:
    named = {"proxy": proxy.shown, "setting": proxy.named_by}
    return host_finding(cause, evidence, variant, **named, **facts)
