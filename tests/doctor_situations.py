"""Every situation that can be made on loopback, each with the cause that the doctor must name.

A situation is a context manager that gives the environment and the words for `spip doctor`. The
table is used by the tests, and by the run that compares plain pip with spip.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from doctor_world import (
    NOWHERE,
    Full,
    Garbled,
    Secured,
    Talker,
    Weak,
    for_clients_only,
    free_port,
    limited_to,
    permissive,
    short_group,
)
from support.authority import Authority, Sent, self_signed
from support.certificates import EXPIRED, NOT_YET_VALID, Flaw, Validity
from support.index import Index, standard_artifacts
from support.proxy import Proxy
from support.servers import Fault, Pace, TlsServer
from support.sites import Answer, Request

if TYPE_CHECKING:
    from support.authority import Identity


@dataclass(frozen=True)
class Way:
    """How a situation is met: the index, and the environment that belongs to it.

    `given`: what somebody gets who asks for what the next step leaves open (FILE, USER:PASSWORD).
    """

    index: str
    env: dict[str, str] = field(default_factory=dict)
    given: str = ""


Situation = Callable[[Path], AbstractContextManager[Way]]
SITUATIONS: dict[str, tuple[str, Situation]] = {}


def situation(cause: str) -> Callable[[Callable[[Path], Iterator[Way]]], Situation]:
    """Enter a situation into the table under its own name, with the cause to be named."""

    def enter(make: Callable[[Path], Iterator[Way]]) -> Situation:
        managed = contextlib.contextmanager(make)
        SITUATIONS[make.__name__.replace("_", "-")] = (cause, managed)
        return managed

    return enter


def trusting(folder: Path, *authorities: Authority) -> dict[str, str]:
    """Return the variable that makes spip trust these."""
    file = folder / "trusted.pem"
    file.write_bytes(b"".join(each.pem for each in authorities))
    return {"SPIP_CA_BUNDLE": str(file)}


def serving(
    identity: Identity, env: dict[str, str], *, given: Path | str = "", **how: object
) -> Iterator[Way]:
    how.setdefault("site", Index(standard_artifacts()))
    with TlsServer(identity, **how) as server:  # type: ignore[arg-type]
        yield Way(server.url("/simple/"), env, str(given))


@situation("unknown-authority")
def company_root_unknown(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(), {}, given=root.write(folder))


@situation("self-signed")
def self_signed_leaf(_: Path) -> Iterator[Way]:
    yield from serving(self_signed(), {})


@situation("self-signed")
def self_signed_leaf_in_a_variable(folder: Path) -> Iterator[Way]:
    """pip alone takes it; for spip a root has to be an authority's."""
    leaf = self_signed()
    (folder / "leaf.pem").write_bytes(leaf.pem)
    site = Index(standard_artifacts())
    yield from serving(leaf, {"REQUESTS_CA_BUNDLE": str(folder / "leaf.pem")}, site=site)


@situation("missing-intermediate")
def intermediate_not_sent(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.intermediate().issue(sent=Sent.LEAF), trusting(folder, root))


@situation("another-key")
def root_renewed_with_another_key(folder: Path) -> Iterator[Way]:
    old, new = Authority(), Authority()
    leaf = new.issue(flaws=[Flaw.NO_AUTHORITY_KEY_IDENTIFIER])
    yield from serving(leaf, trusting(folder, old), given=new.write(folder))


@situation("another-key")
def root_renewed_with_a_key_that_the_leaf_names(folder: Path) -> Iterator[Way]:
    old, new = Authority(), Authority()
    yield from serving(new.issue(), trusting(folder, old), given=new.write(folder))


@situation("expired")
def leaf_expired(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(validity=EXPIRED), trusting(folder, root))


@situation("expired")
def intermediate_expired(folder: Path) -> Iterator[Way]:
    root = Authority()
    middle = Authority("Example Intermediate CA", issuer=root, validity=EXPIRED)
    yield from serving(middle.issue(), trusting(folder, root))


@situation("expired")
def root_expired(folder: Path) -> Iterator[Way]:
    root = Authority(validity=EXPIRED)
    renewed = Authority(key=root.key)
    yield from serving(root.issue(), trusting(folder, root), given=renewed.write(folder))


@situation("not-yet-valid")
def leaf_not_yet_valid(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(validity=NOT_YET_VALID), trusting(folder, root))


@situation("wrong-clock")
def clock_behind(folder: Path) -> Iterator[Way]:
    """For this machine, that is a certificate of the future on a server that lives there."""
    root = Authority(validity=Validity(-300, 4000))
    leaf = root.issue(validity=Validity(300, 400))
    yield from serving(leaf, trusting(folder, root), site=dated(340))


@situation("wrong-clock")
def clock_ahead(folder: Path) -> Iterator[Way]:
    root = Authority(validity=Validity(-900, 4000))
    leaf = root.issue(validity=Validity(-600, -500))
    yield from serving(leaf, trusting(folder, root), site=dated(-550))


def dated(days: float) -> Callable[[Request], Answer]:
    """Make a site whose clock shows another day than ours."""
    moment, _ = Validity(days, days).moments()
    date = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return lambda _: Answer(headers={"Date": date})


@situation("wrong-host-name")
def certificate_for_another_host(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue("other.corp.example"), trusting(folder, root))


@situation("weak-certificate")
def key_too_short(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(Weak(root, bits=1024))) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("weak-certificate")
def signed_with_sha1(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(Weak(root, digest="sha1"))) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("unreadable-certificate")
def dates_that_are_none(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(Garbled(root))) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("unfit-certificate")
def certificate_for_clients(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(for_clients_only(root), trusting(folder, root))


@situation("unfit-certificate")
def authority_for_other_names_only(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(limited_to("other.example", root), trusting(folder, root))


@situation("server-alert")
def name_not_served(folder: Path) -> Iterator[Way]:
    yield from alerting(folder, ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)


@situation("server-alert")
def error_inside_of_the_server(folder: Path) -> Iterator[Way]:
    yield from alerting(folder, ssl.AlertDescription.ALERT_DESCRIPTION_INTERNAL_ERROR)


def alerting(folder: Path, alert: ssl.AlertDescription) -> Iterator[Way]:
    """A sound server that ends each handshake with that alert."""
    root = Authority()
    context = permissive(root.issue())
    context.sni_callback = lambda *_: alert
    with Secured(context) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("damaged-tls")
def server_hello_without_content(_: Path) -> Iterator[Way]:
    with Talker(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00") as server:
        yield Way(f"https://localhost:{server.port}/simple/")


@situation("unexplained")
def alert_that_nobody_knows(_: Path) -> Iterator[Way]:
    with Talker(b"\x15\x03\x03\x00\x02\x02\xff") as server:
        yield Way(f"https://localhost:{server.port}/simple/")


@situation("no-shared-tls")
def short_diffie_hellman_key(folder: Path) -> Iterator[Way]:
    root = Authority()
    context = permissive(Weak(root), version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")
    context.load_dh_params(str(short_group(folder)))
    with Secured(context) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("no-shared-tls")
def only_tls_1_1(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(root.issue(), version=ssl.TLSVersion.TLSv1_1)) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


def _unknown_cipher(context: ssl.SSLContext) -> str:
    """One for this kind of key that a client of this Python doesn't offer; distributions differ."""
    known = {each["name"] for each in ssl.create_default_context().get_ciphers()}
    names = (each["name"] for each in context.get_ciphers())
    return next(n for n in names if n.startswith("ECDHE-ECDSA-") and n not in known)


@situation("no-shared-tls")
def only_an_old_cipher(folder: Path) -> Iterator[Way]:
    root = Authority()
    context = permissive(root.issue(), version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(f"{_unknown_cipher(context)}:@SECLEVEL=0")
    with Secured(context) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("client-certificate")
def client_certificate_wanted(folder: Path) -> Iterator[Way]:
    root = Authority()
    given = root.issue_client().write(folder)
    yield from serving(root.issue(), trusting(folder, root), clients=root, given=given)


@situation("client-certificate")
def client_certificate_refused(folder: Path) -> Iterator[Way]:
    root = Authority()
    client = Authority("Another Root CA").issue_client().write(folder)
    env = trusting(folder, root) | {"PIP_CLIENT_CERT": str(client)}
    yield from serving(root.issue(), env, clients=root)


@situation("client-certificate")
def client_certificate_missing(folder: Path) -> Iterator[Way]:
    root = Authority()
    env = trusting(folder, root) | {"PIP_CLIENT_CERT": str(folder / "gone.pem")}
    yield from serving(root.issue(), env, given=root.issue_client().write(folder))


@situation("handshake-cut")
def closed_in_the_handshake(_: Path) -> Iterator[Way]:
    yield from serving(Authority().issue(), {}, fault=Fault.EOF)


@situation("handshake-cut")
def reset_in_the_handshake(_: Path) -> Iterator[Way]:
    yield from serving(Authority().issue(), {}, fault=Fault.RESET)


@situation("handshake-cut")
def silent_in_the_handshake(_: Path) -> Iterator[Way]:
    yield from serving(Authority().issue(), {}, fault=Fault.SILENCE)


@situation("plain-http")
def plain_http_on_the_port(_: Path) -> Iterator[Way]:
    with TlsServer(None) as server:
        yield Way(f"https://localhost:{server.port}/simple/")


@situation("not-tls")
def another_service_on_the_port(_: Path) -> Iterator[Way]:
    with Talker(b"SSH-2.0-Example\r\n", wait_for_hello=True) as server:
        yield Way(f"https://localhost:{server.port}/simple/")


@situation("not-http")
def no_http_inside_of_tls(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(root.issue()), b"220 mail.corp.example ESMTP\r\n") as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("cut-in-answer")
def cut_in_the_answer(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Secured(permissive(root.issue())) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("timeout")
def nobody_answers(_: Path) -> Iterator[Way]:
    with Full() as full:
        yield Way(f"https://localhost:{full.port}/simple/")


@situation("timeout")
def page_never_comes(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(), trusting(folder, root), pace=Pace(wait=14))


@situation("dns")
def name_unknown(_: Path) -> Iterator[Way]:
    yield Way(NOWHERE)


@situation("refused")
def nothing_listens(_: Path) -> Iterator[Way]:
    yield Way(f"https://localhost:{free_port()}/simple/")


@situation("unreachable")
def no_way_there(_: Path) -> Iterator[Way]:
    """Linux opens no TCP connection to everybody at once: it says so without sending a byte."""
    yield Way("https://255.255.255.255/simple/")


@situation("index-answer")
def index_answers_403(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(), trusting(folder, root), site=lambda _: Answer(403))


@situation("index-passed-over")
def index_over_http(_: Path) -> Iterator[Way]:
    """An address of this machine that pip doesn't take for one."""
    with TlsServer(None, Index(standard_artifacts())) as server:
        yield Way(server.url("/simple/", "0.0.0.0"))  # noqa: S104 - nothing is bound


@situation("proxy-unreachable")
def proxy_gone(_: Path) -> Iterator[Way]:
    yield Way(NOWHERE, {"HTTPS_PROXY": f"http://localhost:{free_port()}"})


@situation("proxy-wrong-scheme")
def proxy_called_https(_: Path) -> Iterator[Way]:
    with Proxy() as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url.replace("http:", "https:")})


@situation("proxy-wrong-scheme")
def proxy_called_http(_: Path) -> Iterator[Way]:
    with Proxy(identity=Authority().issue()) as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url.replace("https:", "http:")})


@situation("proxy-wrong-scheme")
def proxy_called_socks(_: Path) -> Iterator[Way]:
    with Proxy() as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url.replace("http:", "socks5:")}, proxy.url)


@situation("proxy-unreadable")
def proxy_is_no_url(_: Path) -> Iterator[Way]:
    with Proxy() as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": "http://"}, proxy.url)


@situation("proxy-certificate")
def proxy_with_unknown_root(folder: Path) -> Iterator[Way]:
    root = Authority()
    with Proxy(identity=root.issue()) as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url}, str(root.write(folder)))


@situation("proxy-login")
def proxy_wants_a_login(_: Path) -> Iterator[Way]:
    with Proxy(login="ann:secret-of-ann") as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url}, "ann:secret-of-ann")


@situation("proxy-login")
def proxy_refuses_the_login(_: Path) -> Iterator[Way]:
    with Proxy(login="ann:other") as proxy:
        url = proxy.url.replace("://", "://ann:secret-of-ann@")
        yield Way(NOWHERE, {"HTTPS_PROXY": url}, proxy.url.replace("://", "://ann:other@"))


@situation("proxy-login")
def proxy_wants_ntlm(_: Path) -> Iterator[Way]:
    head = (
        b"HTTP/1.1 407 Proxy Authentication Required\r\n"
        b"Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    with Talker(head) as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": f"http://localhost:{proxy.port}"})


@situation("proxy-forbids")
def proxy_forbids(_: Path) -> Iterator[Way]:
    with Proxy(refusal=403) as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url})


@situation("proxy-failed")
def proxy_cannot_reach(_: Path) -> Iterator[Way]:
    with Proxy() as proxy:
        yield Way(NOWHERE, {"HTTPS_PROXY": proxy.url})


@situation("captive-portal")
def network_wants_a_login(_: Path) -> Iterator[Way]:
    head = b"HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with Talker(head) as portal:
        yield Way(NOWHERE, {"HTTPS_PROXY": f"http://localhost:{portal.port}"})


@situation("proxy-script")
def proxy_by_script_only(_: Path) -> Iterator[Way]:
    with Proxy() as proxy:
        script = {"auto_proxy": "http://wpad.corp.example/proxy.pac"}
        yield Way(NOWHERE, script, proxy.url.removeprefix("http://"))


@situation("bundle-refused")
def root_in_a_file_that_others_may_write_to(folder: Path) -> Iterator[Way]:
    root = Authority()
    env = trusting(folder, root)
    Path(env["SPIP_CA_BUNDLE"]).chmod(0o666)
    yield from serving(root.issue(), env)


@situation("bundle-refused")
def root_in_a_file_in_quotes(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(), {"PIP_CERT": f'"{root.write(folder)}"'})


@situation("root-of-another-tool")
def root_in_a_variable_of_node(folder: Path) -> Iterator[Way]:
    root = Authority()
    yield from serving(root.issue(), {"NODE_EXTRA_CA_CERTS": str(root.write(folder))})


@situation("root-of-another-tool")
def root_in_npmrc(folder: Path) -> Iterator[Way]:
    root = Authority()
    (folder / ".npmrc").write_text(f"cafile={root.write(folder)}\n", "utf-8")
    yield from serving(root.intermediate().issue(), {"HOME": str(folder)})


@situation("root-of-another-tool")
def root_in_npms_file_for_all_users(folder: Path) -> Iterator[Way]:
    root = Authority()
    (folder / "npmrc").write_text(f"cafile={root.write(folder)}\n", "utf-8")
    env = {"NPM_CONFIG_GLOBALCONFIG": str(folder / "npmrc")}
    yield from serving(root.issue(), env)


@situation("root-in-unused-place")
def root_left_by_an_agent(folder: Path) -> Iterator[Way]:
    root = Authority("mitmproxy")
    (folder / ".mitmproxy").mkdir()
    (folder / ".mitmproxy" / "mitmproxy-ca-cert.pem").write_bytes(root.pem)
    yield from serving(root.issue(), {"HOME": str(folder)})


@situation("bundle-refused")
def path_of_a_bundle_in_quotes_in_pips_file(folder: Path) -> Iterator[Way]:
    root = Authority()
    (folder / "pip.conf").write_text(f"[global]\ncert = '{root.write(folder)}'\n", "utf-8")
    yield from serving(root.issue(), {"PIP_CONFIG_FILE": str(folder / "pip.conf")})


@situation("der-refused")
def openssl_that_refuses_der(folder: Path) -> Iterator[Way]:
    """As OpenSSL 3.0.21 and 3.5.7 do with Python up to 3.11: all is loaded, then it raises."""
    (folder / "sitecustomize.py").write_text(REFUSES_DER, "utf-8")
    root = Authority()
    yield from serving(root.issue(), trusting(folder, root) | {"PYTHONPATH": str(folder)})


REFUSES_DER = """import ssl
real = ssl.SSLContext.load_verify_locations
def load(self, cafile=None, capath=None, cadata=None):
    real(self, cafile, capath, cadata)
    if isinstance(cadata, (bytes, bytearray)):
        raise ssl.SSLError(9, "[ASN1: NOT_ENOUGH_DATA] not enough data")
ssl.SSLContext.load_verify_locations = load
"""


@situation("chain-too-long")
def ten_megabytes_of_certificates(folder: Path) -> Iterator[Way]:
    root = Authority()
    identity = root.issue()
    padding = [Authority(f"Padding {number} {'x' * 40}").certificate for number in range(60)]
    identity = type(identity)(identity.certificate, identity.key, tuple(padding * 300))
    with Secured(permissive(identity)) as server:
        yield Way(f"https://localhost:{server.port}/simple/", trusting(folder, root))


@situation("strict-rules")
def root_without_key_usage(folder: Path) -> Iterator[Way]:
    root = Authority(flaws=[Flaw.NO_KEY_USAGE, Flaw.BASIC_CONSTRAINTS_NOT_CRITICAL])
    yield from serving(root.issue(), trusting(folder, root))
