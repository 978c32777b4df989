"""Causes that lie at the proxy, or in the lack of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spip.tls.causes.saying import say
from spip.tls.words import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spip.tls.evidence import Evidence
    from spip.tls.observed import Failure
    from spip.tls.routes import Proxy
from spip.tls.words import Finding

# What pip can't answer; each needs a program that logs in for it (RFC 4559 and its kin).
_NEED_HELPER = {"ntlm", "negotiate", "kerberos"}
# A direct connection that ends so may be one that a proxy would have carried.
_NO_DIRECT_WAY = {"unknown-name", "timeout", "refused", "unreachable"}


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield what is wrong on the way to and through the proxy."""
    failed, proxy = evidence.observed.failure, evidence.observed.proxy
    if failed is None:
        return
    if failed.kind == "unreadable":
        facts = {"setting": failed.reason, "text": failed.text}
        yield finding("proxy-unreadable", about=evidence.host, **facts)
    elif proxy is None:
        yield from _none_configured(evidence, failed)
    elif failed.step == "tunnel" and failed.kind == "status":
        yield _refused(evidence, proxy, failed)
    elif failed.step == "proxy-tls" and failed.kind == "certificate":
        yield _say("proxy-certificate", evidence, proxy, text=failed.text)
    elif failed.step in {"proxy-tls", "tunnel"} and failed.kind == "wrong-scheme":
        yield _say("proxy-wrong-scheme", evidence, proxy, failed.reason, scheme=proxy.scheme)
    elif failed.step.startswith("proxy-") or failed.step == "tunnel":
        yield _say("proxy-unreachable", evidence, proxy, text=failed.text)


def set_variable(platform: str, name: str, value: str) -> str:
    """Return the command that sets a variable in the shell that is usual there."""
    return f"$env:{name} = '{value}'" if platform == "windows" else f"export {name}={value}"


def _none_configured(evidence: Evidence, failed: Failure) -> Iterator[Finding]:
    script = evidence.proxy_script
    if script and failed.kind in _NO_DIRECT_WAY:
        set_proxy = set_variable(evidence.platform, "HTTPS_PROXY", "http://HOST:PORT")
        yield finding("proxy-script", about=evidence.host, script=script, set_proxy=set_proxy)


def _refused(evidence: Evidence, proxy: Proxy, failed: Failure) -> Finding:
    default = "default" if evidence.only_default else ""
    if failed.code == 407:
        return _login(evidence, proxy)
    if failed.code in {401, 403, 405, 451}:
        return _say("proxy-forbids", evidence, proxy, default, status=failed.text)
    if failed.code == 511:  # RFC 6585, section 6
        return finding("captive-portal", variant="unnamed", about=evidence.host)
    return _say("proxy-failed", evidence, proxy, status=failed.text)


def _login(evidence: Evidence, proxy: Proxy) -> Finding:
    answer = evidence.observed.proxy_answer
    offered = answer.logins if answer else ()
    lower = {name.lower() for name in offered}
    variant = "refused" if proxy.login else ""
    if lower and lower <= _NEED_HELPER:
        variant = "helper"
    return _say(
        "proxy-login",
        evidence,
        proxy,
        variant,
        logins=" or ".join(offered) or "of a kind that it doesn't name",
        set_proxy_login=set_variable(
            evidence.platform, "HTTPS_PROXY", f"http://USER:PASSWORD@{proxy.shown}"
        ),
    )


def _say(cause: str, evidence: Evidence, proxy: Proxy, variant: str = "", **facts: Any) -> Finding:
    named = {"proxy": proxy.shown, "setting": proxy.named_by}
    return say(cause, evidence, variant, **named, **facts)
