"""The finding after a failure: a fresh process that is told what failed says why, in six lines."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from doctor_situations import SITUATIONS, trusting
from doctor_world import NOWHERE, free_port
from support.artifacts import wheel
from support.authority import Authority
from support.environments import environment, with_spip
from support.index import Index
from support.proxy import Proxy
from support.run import Result, run
from support.servers import Fault, TlsServer
from support.sites import Answer, Request

PAGE = {"Content-Type": "text/html"}
FINDING = (sys.executable, "-c", "from spip.doctor.after_failure import main; main()")


def told(url: str, error: str, text: str = "", **more: object) -> dict[str, object]:
    """Return a failure as pip's process tells it."""
    said: dict[str, object] = {"url": url, "proxy": None, "error": error, "text": text}
    return said | {"verify_code": None, "certificate": False} | more


def refused(url: str, code: int = 20, **more: object) -> dict[str, object]:
    """Return the failure of a certificate."""
    text = "certificate verify failed: unable to get local issuer certificate"
    more = {"verify_code": code, "certificate": True} | more
    return told(url, "SSLCertVerificationError", text, **more)


def finding(
    *failures: dict[str, object], env: dict[str, str] | None = None, **more: object
) -> Result:
    """Run the fresh process; it says what it says on stderr alone, and always ends well."""
    said = json.dumps({"failures": failures, "cert": None, **more})
    result = run(FINDING, env=env, stdin=said).passed()
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) <= 6
    assert all(line.startswith("spip: ") for line in result.stderr.splitlines())
    return result


def test_who_presented_what_and_what_to_do() -> None:
    with TlsServer(Authority("Example Inspection Root CA").issue()) as server:
        lines = finding(refused(server.url("/simple/demo/")), spip="py -m spip").stderr.splitlines()
    where = f"localhost:{server.port}"
    assert lines[0] == (
        f'spip: {where} was refused: its certificate comes from "Example Inspection Root CA", '
        "which nothing on this machine trusts"
    )
    assert lines[1].startswith("spip:   looked in: the OS store (")
    assert lines[-1] == (
        f'spip:   next: ask whoever runs {where} for the root certificate of "Example Inspection '
        'Root CA", then run  py -m spip trust add FILE     '
        "more: py -m spip explain unknown-authority"
    )


def test_the_way_is_drawn_where_there_is_one_and_the_proxy_is_named_by_its_variable() -> None:
    with TlsServer(Authority().issue()) as server, Proxy() as proxy:
        url = proxy.url.replace("://", "://ann:secret@")
        said = finding(refused(server.url(), proxy=url), env={"HTTPS_PROXY": url}).stderr
        gone = proxy.url.replace(str(proxy.port), str(free_port()))
        lost = told(server.url(), "ProxyError", "Cannot connect to proxy", proxy=gone)
        other = finding(lost, env={"HTTPS_PROXY": gone}).stderr
    assert f"  the way: you -> localhost:{proxy.port} (proxy) -> localhost:{server.port}" in said
    assert "secret" not in said
    assert "(HTTPS_PROXY) can't be reached" in other


def test_a_refused_certificate_counts_before_any_other_failure() -> None:
    with TlsServer(Authority().issue()) as server:
        first = told(f"https://localhost:{free_port()}/", "ConnectionRefusedError")
        said = finding(first, refused(server.url())).stderr
    assert f"localhost:{server.port} was refused" in said


def test_a_root_that_would_help_is_proposed(tmp_path: Path) -> None:
    root = Authority()
    file = root.write(tmp_path)
    with TlsServer(root.issue()) as server:
        said = finding(refused(server.url()), env={"NODE_EXTRA_CA_CERTS": str(file)}).stderr
    assert f'  next: spip trust add "{file}"' in said


def test_what_has_passed_is_said_to_have_passed(tmp_path: Path) -> None:
    root = Authority()
    with TlsServer(root.issue()) as server:
        env = trusting(tmp_path, root)
        cut = told(server.url(), "ConnectionResetError", "Connection reset by peer")
        pip = {"python": sys.executable, "arguments": ["download", "demo"]}
        said = finding(cut, env=env, **pip).stderr
        obeyed = finding(refused(server.url()), env=env, obeyed="/etc/other.pem").stderr
    assert "failed (Connection reset by peer), and answers now" in said
    assert "--cert names /etc/other.pem, which lacks the root" in obeyed


def test_strict_rules_that_only_pip_was_told_to_keep_are_named(tmp_path: Path) -> None:
    """As pip 26 with legacy-certs on Python 3.13 meets a root without keyUsage."""
    _, made = SITUATIONS["root-without-key-usage"]
    with made(tmp_path) as way:
        said = finding(refused(way.index, code=92), env=dict(way.env)).stderr
    assert "breaks the rules that Python 3.13 switched on" in said
    assert "it has no keyUsage" in said


def test_without_an_index_of_ones_own_the_next_step_names_index_url() -> None:
    url = f"https://localhost:{free_port()}/simple/"
    said = finding(told(url, "NewConnectionError", "refused"), only_default=True).stderr
    assert "config set global.index-url" in said


def test_two_causes_are_both_said(tmp_path: Path) -> None:
    _, made = SITUATIONS["certificate-for-another-host"]
    with made(tmp_path) as way:
        said = finding(refused(way.index)).stderr  # this time nothing trusts the root either
    assert "nothing on this machine trusts" in said
    assert "  also: localhost:" in said
    assert "shows a certificate for other names: other.corp.example" in said


def test_a_proxy_that_is_no_url_is_named_and_not_shown() -> None:
    url = "http://ann:secret@"
    failure = told(NOWHERE, "InvalidProxyURL", "Please check proxy URL.", proxy=url)
    said = finding(failure, env={"HTTPS_PROXY": url}).stderr
    assert "HTTPS_PROXY names no proxy that can be read" in said
    assert "secret" not in said


def test_a_client_certificate_that_is_gone_is_named(tmp_path: Path) -> None:
    text = "Could not find the TLS certificate file, invalid path: /etc/gone.pem"
    root = Authority()
    with TlsServer(root.issue()) as server:
        said = finding(told(server.url(), "OSError", text), env=trusting(tmp_path, root)).stderr
    assert "the client certificate /etc/gone.pem can't be used: it does not exist" in said


def test_a_proxy_script_is_asked_for_where_there_is_no_way() -> None:
    failure = told(NOWHERE, "NameResolutionError", "Name or service not known")
    said = finding(failure, env={"auto_proxy": "http://wpad.corp.example/proxy.pac"}).stderr
    assert "finds its proxy by a script (http://wpad.corp.example/proxy.pac)" in said


def test_a_silent_host_ends_on_time() -> None:
    with TlsServer(Authority().issue(), fault=Fault.SILENCE) as server:
        result = finding(told(server.url(), "ReadTimeoutError", "timed out"))
    assert "says nothing when TLS begins" in result.stderr
    assert result.seconds < 8  # the doctor itself waits for 10


@pytest.mark.parametrize(
    "failures",
    [
        [],
        [told("", "MissingSchema")],
        [told("file:///simple", "OSError")],
        [told("x y", "OSError")],
    ],
)
def test_where_nothing_is_to_be_said_nothing_is_said(failures: list[dict[str, object]]) -> None:
    assert finding(*failures).stderr == ""


def test_a_secret_in_what_pip_said_is_left_out() -> None:
    text = (
        "https://ann:secret@index.invalid/token-of-ann/simple/ went wrong with url: /token-of-ann"
    )
    said = finding(told(NOWHERE, "OddError", text), spip="spip").stderr
    assert said
    assert "secret" not in said
    assert "token-of-ann" not in said


def test_the_first_word_comes_soon() -> None:
    """pip itself takes half a second to be refused; 0.15 s of the processor's were measured."""
    with TlsServer(Authority().intermediate().issue()) as server:
        best = min(finding(refused(server.url())).cpu for _ in range(5))
    assert best < 0.4


@pytest.mark.parametrize(
    ("page", "path", "words"),
    [
        (Answer(body=b'<input type="password">', headers=PAGE), "/simple/", "asks for a login"),
        (Answer(body=b"<p>Welcome</p>", headers=PAGE), "/simple/", "is no index"),
        (Answer(404), "/pypi/", "there is no index at that address"),
        (Answer(404), "/simple/", ""),  # as a sound index answers where a project is misspelt
    ],
)
def test_an_index_that_is_none_is_told_by_what_pip_was_given(
    page: Answer, path: str, words: str, tmp_path: Path
) -> None:
    """pip ended in "No matching distribution", and spip said nothing."""
    root = Authority()
    trusted = {"SPIP_CA_BUNDLE": str(root.write(tmp_path))}
    where = with_spip(environment("3.13", "26.3"))
    with TlsServer(root.issue(), lambda _: page) as server:
        env = trusted | {"PIP_INDEX_URL": server.url(path)}
        said = run(where.spip("download", "--retries=0", "-d", tmp_path, "demo"), env=env).failed()
        assert server.record.paths == [f"{path}demo/"]  # pip's own request alone
    lines = [line for line in said.stderr.splitlines() if line.startswith("spip: ")]
    assert bool(lines) == bool(words)
    assert words in "".join(lines[:1])


def test_a_page_out_of_pips_cache_is_named_with_pips_own_way_to_refresh_it(tmp_path: Path) -> None:
    """pip 26.2 keeps index pages; nothing is asked for besides what pip asks for by itself."""
    root, index = Authority(), Index([wheel("demo"), wheel("other")])

    def kept(request: Request) -> Answer:
        answer = index(request)
        made = {"Cache-Control": "max-age=600", "Date": formatdate(usegmt=True)}
        return replace(answer, headers={**answer.headers, **made})

    where = with_spip(environment("3.13", "26.3"))
    with TlsServer(root.issue(), kept) as server:
        env = {
            "SPIP_CA_BUNDLE": str(root.write(tmp_path)),
            "PIP_INDEX_URL": server.url("/simple/"),
            "PIP_CACHE_DIR": str(tmp_path / "cache"),
        }
        download = ("download", "--retries=0", "-d", str(tmp_path))
        run(where.spip(*download, "demo"), env=env).passed()
        index.add(wheel("demo", "2.0"))
        asked = len(server.record.paths)
        said = run(where.spip(*download, "demo==2.0"), env=env).failed().stderr
        assert server.record.paths[asked:] == []
        assert "spip: pip took the page of demo from its cache" in said
        step = said.partition("next: run the same command again with  ")[2].split("     ")[0]
        assert step == "--refresh-package demo"
        silent = run(where.spip(*download, "other==2.0"), env=env).failed().stderr
        assert "spip:" not in silent  # its page came just now
        run(where.spip(*download, "demo==2.0", *step.split()), env=env).passed()
