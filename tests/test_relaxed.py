"""A relaxed run: what a grant opens, for how long, what is said and logged, what never is."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from relaxed_world import (
    GENUINE,
    IN_PROCESS,
    REPRESENTATIVE,
    User,
    empty,
    got,
    presented,
    said,
    words,
)
from spip.policy import clock
from support.artifacts import Artifact, sdist, wheel
from support.authority import Authority
from support.certificates import EXPIRED
from support.environments import with_spip
from support.index import Index, standard_artifacts
from support.matrix import Cell, parameters
from support.proxy import Proxy
from support.run import run
from support.servers import Fault, TlsServer
from support.sites import Answer, Request, Site

NEWEST = Cell("3.13", "26.3")
LASTS = 20.0  # seconds of a grant that ends in a run: spip has to start within them
# What only a run needs that goes without verification, or fails.
ROOMS = (
    *("audit_client", "caches", "child_pip", "download_log", "grant_banner", "grants"),
    *("native_relaxations", "pinned_adapter", "setting_origin", "stop_run", "unverified"),
)


def granted(user: User, server: TlsServer, seconds: float = 600.0) -> list[str]:
    """Give a grant for a server; words that fetch a wheel from it."""
    assert server.identity
    user.grant(server.port, server.identity.fingerprint, seconds=seconds)
    return words(server.url("/simple/"), user.home.parent / "to")


@pytest.mark.matrix
@pytest.mark.parametrize("cell", parameters(*IN_PROCESS))
def test_a_grant_opens_its_host_says_so_and_is_logged(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    asked = granted(user, strange_index)
    result = user.spip(cell, *asked, "-q").passed()
    assert got(to, GENUINE)
    assert user.cached == []
    place = f"localhost:{strange_index.port}"
    lines = said(result)
    assert lines[0].startswith(f"VERIFICATION IS OFF for {place} until ")
    assert "anyone on the way can change what is installed from it" in lines[0]
    assert lines[1].startswith('  granted by ann for "root CA roll-out"; end it: ')
    assert lines[1].endswith(f"allow-insecure --revoke {place}")
    assert "unless you gave hashes" in lines[2]
    assert lines[-2].startswith(f"VERIFICATION WAS OFF for {place} in this run (1 file came from ")
    relax, end = user.log
    assert (relax["event"], relax["host"], relax["port"]) == (
        "relax",
        "localhost",
        strange_index.port,
    )
    assert end["outcome"] == "exit 0"
    assert end["ids"] == [relax["id"]]
    assert end["fetched"] == [
        {
            "url": f"https://{place}/{GENUINE.filename}",
            "sha256": GENUINE.sha256,
            "size": len(GENUINE.data),
        }
    ]
    # One verified attempt was refused; all the rest went over the relaxed way, kept open.
    assert len(strange_index.record.failures) == 1


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_no_cache_is_used_whatever_the_command_line_says(
    cell: Cell, strange_index: TlsServer, user: User, to: Path, tmp_path: Path
) -> None:
    granted(user, strange_index)
    where = ["--index-url", strange_index.url("/simple/"), "--no-deps", "-w", str(to)]
    other = tmp_path / "cache"
    backend = str(Path(__file__).parent / "support")
    asked = ["wheel", *where, "--no-build-isolation", "--cache-dir", str(other), "--isolated"]
    user.spip(cell, *asked, "needsbuild", PYTHONPATH=backend).passed()
    assert list(to.glob("needsbuild-1.0*"))
    assert [file for file in other.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_a_host_that_verifies_is_never_relaxed(
    cell: Cell, index: TlsServer, authority: Authority, user: User, to: Path, tmp_path: Path
) -> None:
    asked = granted(user, index)
    trusted = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
    result = user.spip(cell, *asked, **trusted).passed()
    assert got(to, GENUINE)
    assert user.log == []
    assert "and nothing came that way in this run" in said(result)[-2]


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_a_file_host_needs_a_grant_of_its_own(
    cell: Cell, stranger: Authority, user: User, to: Path
) -> None:
    with TlsServer(stranger.issue(), Index(standard_artifacts())) as files:
        site = Index(standard_artifacts(), files=files.url("/files/"))
        with TlsServer(stranger.issue(), site) as index:
            asked = granted(user, index)
            refused = user.spip(cell, *asked, "--retries=0").failed()
            assert f"spip: localhost:{files.port} was refused" in refused.stderr  # not the index
            assert f"localhost:{index.port} was refused" not in refused.stderr
            assert files.record.connections
            assert files.record.handed_over == 0
            assert files.identity
            user.grant(files.port, files.identity.fingerprint)
            user.spip(cell, *asked).passed()
    assert got(to, GENUINE)


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_through_a_proxy_that_inspects(
    cell: Cell, index: TlsServer, stranger: Authority, user: User, to: Path
) -> None:
    with Proxy(stranger, routes={"index.corp.example:443": index.port}) as proxy:
        fingerprint = presented(443, "index.corp.example", proxy.port)
        user.grant(443, fingerprint, host="index.corp.example")
        asked = words("https://index.corp.example/simple/", to)
        result = user.spip(cell, *asked, HTTPS_PROXY=proxy.url).passed()
    assert got(to, GENUINE)
    assert said(result)[1].endswith("allow-insecure --revoke index.corp.example")


def test_an_https_proxy_stays_verified_on_the_way_to_a_relaxed_host(
    strange_index: TlsServer, authority: Authority, user: User, to: Path, tmp_path: Path
) -> None:
    asked = granted(user, strange_index)
    trusted = str(authority.write(tmp_path))
    with Proxy(identity=authority.issue()) as proxy:
        env = {"HTTPS_PROXY": proxy.url, "SPIP_CA_BUNDLE": trusted}
        user.spip(NEWEST, *asked, **env).passed()
    assert got(to, GENUINE)


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_an_untrusted_https_proxy_is_no_reason_to_relax(
    cell: Cell, strange_index: TlsServer, stranger: Authority, user: User, to: Path
) -> None:
    asked = granted(user, strange_index)
    identity = stranger.issue()
    with Proxy(identity=identity) as proxy:
        user.grant(proxy.port, identity.fingerprint)
        failed = user.spip(cell, *asked, "--retries=0", HTTPS_PROXY=proxy.url).failed()
    why = rf"certificate verify failed|proxy localhost:{proxy.port} .*local issuer certificate"
    assert re.search(why, failed.output), str(failed)
    assert proxy.connects == []
    assert user.log == []
    assert not list(to.iterdir())


@pytest.mark.parametrize("cell", parameters(NEWEST, Cell("3.10", "23.0.1")))
def test_a_run_without_a_grant_imports_nothing_of_it(
    cell: Cell, index: TlsServer, authority: Authority, to: Path, tmp_path: Path
) -> None:
    env = with_spip(cell.environment())
    asked = words(index.url("/simple/"), to)
    argv = [str(env.python), "-X", "importtime", "-m", "spip", *asked]
    result = run(argv, env={"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}).passed()
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "spip.bridge.session" in imported
    assert {f"spip.bridge.{room}" for room in ROOMS} & imported == set()
    assert {name for name in imported if name.startswith("spip.policy.")} <= {
        "spip.policy.in_force",
        "spip.policy.locations",
    }


# --- never for anything but an untrusted issuer


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
@pytest.mark.parametrize("what", ["expired", "another name"])
def test_other_refusals_are_never_relaxed(
    cell: Cell, what: str, authority: Authority, user: User, to: Path, tmp_path: Path
) -> None:
    identity = (
        authority.issue(validity=EXPIRED)
        if what == "expired"
        else authority.issue("other.corp.example")
    )
    with TlsServer(identity, Index(standard_artifacts())) as server:
        asked = granted(user, server)
        trusted = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
        failed = user.spip(cell, *asked, "--retries=0", **trusted).failed()
        why = "expired" if what == "expired" else "(?:doesn't match|not valid for|is for) '?"
        assert re.search(why, failed.output), str(failed)
        askers = {request.user_agent for request in server.record.requests}
        assert askers <= {"spip-doctor"}
    assert user.log == []
    assert not list(to.iterdir())


@pytest.mark.parametrize("fault", [Fault.EOF, Fault.RESET])
def test_a_broken_connection_is_never_relaxed(
    fault: Fault, strange_index: TlsServer, user: User, to: Path
) -> None:
    strange_index.fault = fault
    asked = granted(user, strange_index)
    failed = user.spip(NEWEST, *asked, "--retries=1").failed()
    assert "certificate verify failed" not in failed.output
    assert strange_index.record.connections
    assert user.log == []
    assert not list(to.iterdir())


def test_spip_disable_relaxes_nothing(strange_index: TlsServer, user: User, to: Path) -> None:
    result = user.spip(NEWEST, *granted(user, strange_index), "--retries=0", SPIP_DISABLE="1")
    assert result.code == 1
    assert said(result) == []
    assert user.log == []
    assert not list(to.iterdir())


@pytest.mark.parametrize("more", [["--use-deprecated=legacy-certs"], ["--cert"]], ids=str)
def test_it_opens_too_where_pip_verifies_in_another_way(
    more: list[str],
    strange_index: TlsServer,
    authority: Authority,
    user: User,
    to: Path,
    tmp_path: Path,
) -> None:
    named = [str(authority.write(tmp_path))] if more == ["--cert"] else []
    user.spip(NEWEST, *granted(user, strange_index), *more, *named).passed()
    assert got(to, GENUINE)


# --- it ends


@pytest.mark.parametrize("cell", parameters(NEWEST, Cell("3.10", "23.0.1")))
def test_a_grant_that_ends_in_the_middle_of_a_run_ends_there(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    asked = granted(user, strange_index, seconds=LASTS)
    ends = clock.now().elapsed + LASTS
    site = strange_index.site

    def late(request: Request) -> Answer:
        """The first answer comes once the grant has ended, however slow this machine is."""
        time.sleep(max(ends + 0.2 - clock.now().elapsed, 0))
        return site(request)

    strange_index.site = late
    result = user.spip(cell, *asked, "--retries=0", "--timeout=90").failed()
    assert len(user.events("relax")) == 1
    assert not list(to.iterdir())
    assert any("it may be used no longer" in line for line in said(result))


def test_what_cannot_be_logged_is_not_relaxed(
    strange_index: TlsServer, user: User, to: Path
) -> None:
    asked = granted(user, strange_index)
    (user.state / "log.jsonl").mkdir()
    result = user.spip(NEWEST, *asked).failed()
    assert any("can't be written" in line for line in said(result))
    assert not list(to.iterdir())


@pytest.mark.parametrize("cell", parameters(NEWEST, Cell("3.10", "23.0.1")))
def test_a_grant_that_is_revoked_in_the_middle_of_a_run_ends_there(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    """What had been opened once went on to the end of the command."""
    asked = granted(user, strange_index)
    index = strange_index.site

    def site(request: Request) -> Answer:
        user.revoke()
        return index(request)

    strange_index.site = site
    result = user.spip(cell, *asked, "--retries=0").failed()
    assert not any("/files/" in path for path in strange_index.record.paths)
    assert not list(to.iterdir())
    assert any("it may be used no longer" in line for line in said(result))


# --- where nothing can be watched


@pytest.mark.parametrize("cell", parameters(Cell("3.8", "23.0.1"), Cell("3.6", "21.3.1")))
def test_an_old_target_is_not_relaxed_and_told_why(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    result = user.spip(cell, *granted(user, strange_index), "--retries=0").failed()
    assert said(result)[0].startswith(f"nothing is relaxed for Python {cell.python} ")
    assert "--only-binary :all:" in said(result)[0]
    assert user.log == []
    assert not list(to.iterdir())


@pytest.mark.parametrize("cell", parameters(Cell("3.10", "23.0.1"), Cell("3.12", "25.0.1")))
def test_an_old_pips_build_stays_verified_and_is_told_of_wheels(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    granted(user, strange_index)
    where = ["--index-url", strange_index.url("/simple/"), "--no-deps", "-w", str(to)]
    result = user.spip(cell, "wheel", *where, "needsbuild", PIP_RETRIES="0").failed()
    assert any("--only-binary :all:" in line for line in said(result))
    assert not any("minibackend" in path for path in strange_index.record.paths)
    assert user.cached == []


def test_the_newest_pip_fetches_what_a_build_needs_where_it_is_watched(
    strange_index: TlsServer, user: User, to: Path
) -> None:
    granted(user, strange_index)
    where = ["--index-url", strange_index.url("/simple/"), "--no-deps", "-w", str(to)]
    user.spip(NEWEST, "wheel", *where, "needsbuild").passed()
    assert list(to.glob("needsbuild-1.0*"))
    assert user.cached == []
    fetched = [file for end in user.events("end") for file in _fetched(end)]
    assert len(fetched) == 2


def _fetched(end: dict[str, object]) -> list[object]:
    found = end["fetched"]
    assert isinstance(found, list)
    return found


def test_pips_own_other_interpreter_is_a_target_like_any_other(
    strange_index: TlsServer, user: User, to: Path
) -> None:
    asked = granted(user, strange_index)
    other = Cell("3.12", "24.2").environment().python
    result = user.spip(NEWEST, "--python", other, *asked).passed()
    assert got(to, GENUINE)
    assert any("VERIFICATION WAS OFF" in line for line in said(result))
    assert [entry["event"] for entry in user.log] == ["relax", "end"]
    assert user.cached == []


# --- hashes, logins, cookies


def test_hashes_are_enforced_and_the_banner_knows_them(
    strange_index: TlsServer, user: User, to: Path, tmp_path: Path
) -> None:
    asked = granted(user, strange_index)[:-1]
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(f"demo==1.0 --hash=sha256:{GENUINE.sha256}\n")
    good = user.spip(NEWEST, *asked, "--require-hashes", "-r", wanted).passed()
    assert not any("unless you gave hashes" in line for line in said(good))
    wanted.write_text(f"demo==1.0 --hash=sha256:{'0' * 64}\n")
    empty(to)
    bad = user.spip(NEWEST, *asked, "--require-hashes", "-r", wanted).failed()
    assert "DO NOT MATCH THE HASHES" in bad.output
    assert not list(to.iterdir())


@pytest.mark.parametrize("cell", parameters(*REPRESENTATIVE))
def test_a_login_works_over_the_relaxed_way_and_is_told(
    cell: Cell, strange_index: TlsServer, user: User, to: Path
) -> None:
    plain = strange_index.site
    asked: list[Request] = []

    def site(request: Request) -> Answer:
        asked.append(request)
        if "authorization" not in request.headers:
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="corp"'})
        return plain(request)

    strange_index.site = site
    granted(user, strange_index)
    url = strange_index.url("/simple/").replace("://", "://ann:pa55word@")
    result = user.spip(cell, *words(url, to)).passed()
    assert got(to, GENUINE)
    assert any(line.startswith("  the login for localhost:") for line in said(result))
    assert "pa55word" not in result.stderr
    assert "pa55word" not in (user.state / "log.jsonl").read_text()


def test_no_cookie_passes_between_a_relaxed_and_a_verified_port(
    authority: Authority, stranger: Authority, user: User, to: Path, tmp_path: Path
) -> None:
    """A cookie knows no port: one would set it for the other, and see what the other set."""
    with (
        TlsServer(stranger.issue(), baking("relaxed", wheel("alpha"))) as relaxed,
        TlsServer(authority.issue(), baking("verified", wheel("beta"))) as verified,
    ):
        granted(user, relaxed)
        both = ["--extra-index-url", verified.url("/simple/"), "alpha", "beta"]
        trusted = {"SPIP_CA_BUNDLE": str(authority.write(tmp_path))}
        user.spip(NEWEST, *words(relaxed.url("/simple/"), to, *both), **trusted).passed()
        for server, own in ((relaxed, "relaxed"), (verified, "verified")):
            sent = [request.headers.get("cookie", "") for request in server.record.requests]
            assert len(sent) > 1
            assert set(sent) <= {"", f"name={own}"}


def baking(name: str, *artifacts: Artifact) -> Site:
    """Return an index that sets a cookie with each answer."""
    index = Index(artifacts)

    def site(request: Request) -> Answer:
        answer = index(request)
        cookie = {"Set-Cookie": f"name={name}; Path=/"}
        return Answer(answer.status, answer.body, {**answer.headers, **cookie})

    return site


def test_an_sdist_of_the_relaxed_host_leaves_no_wheel_behind(
    strange_index: TlsServer, user: User, to: Path
) -> None:
    assert isinstance(strange_index.site, Index)
    strange_index.site.add(sdist("another"))
    granted(user, strange_index)
    where = ["--index-url", strange_index.url("/simple/"), "--no-deps", "-w", str(to)]
    user.spip(NEWEST, "wheel", *where, "another").passed()
    assert user.cached == []
