"""What somebody on the way can do to a user of `--trusted-host`, and can't to one of a grant.

Each attack is run on plain pip first, where it has to succeed if it is said to. The table is
written to .cache/attacks.md, and printed with `-s`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attacks_world import CLEAN, REFUSED, Elsewhere, Outcome, Scene, Vanishing, secrets_in
from relaxed_world import (
    GENUINE,
    GENUINE_SOURCE,
    IN_PROCESS,
    REPRESENTATIVE,
    TAMPERED,
    TAMPERED_SOURCE,
    User,
    empty,
    lasting,
    new_user,
    said,
    texts,
)
from support.authority import Authority
from support.index import Index
from support.lacking import lacking
from support.matrix import Cell, parameters
from support.os_store import OsStores
from support.pairwise import whole
from support.servers import TlsServer
from support.sites import Answer, Request, redirect_to
from trust_machine import Machine

Attack = Callable[[Scene], Outcome]
TABLE = Path(__file__).parent.parent / ".cache" / "attacks.md"
KNOWN = TABLE.with_suffix("")
HEAD = "| attack | plain pip with --trusted-host | spip | pips |\n" + "| --- " * 4 + "|\n"
BACKEND = str(Path(__file__).parent / "support")


# --- the connection


def certificate_swapped_after_the_grant(s: Scene) -> Outcome:
    with TlsServer(s.interceptor, Index([GENUINE])) as server:
        s.grant(server)
        index = ["--index-url", server.url("/simple/"), "demo"]
        server.identity, server.site = s.attacker, Index([TAMPERED])
        s.plain(*index, "--trusted-host", f"localhost:{server.port}")
        plain = s.tampered()
        server.forget()
        result = s.spip(*index).failed()
        assert not s.tampered()
        pips = [r for r in server.record.requests if r.user_agent != "spip-doctor"]
        assert not pips
    assert any("another certificate than when it was allowed" in line for line in said(result))
    assert "another certificate" in str(s.ann.events("end")[0]["outcome"])
    return Outcome(plain)


def same_host_another_port(s: Scene) -> Outcome:
    with (
        TlsServer(s.interceptor, Index([GENUINE])) as granted,
        TlsServer(s.interceptor, Index([TAMPERED])) as other,
    ):
        s.grant(granted)
        index = ["--index-url", other.url("/simple/"), "demo"]
        s.plain(*index, "--trusted-host", "localhost")
        plain = s.tampered()
        s.spip(*index).failed()
        assert not s.tampered()
    assert s.ann.log == []
    return Outcome(plain)


def redirect_to_another_host(s: Scene) -> Outcome:
    with TlsServer(s.attacker, Index([TAMPERED])) as other:
        site = texts({}, redirect_to(other.url("/")))
        with TlsServer(s.interceptor, site) as granted:
            s.grant(granted)
            index = ["--index-url", granted.url("/simple/"), "demo"]
            s.plain(*index, "--trusted-host", "localhost")  # every port, as people write it
            plain = s.tampered()
            other.forget()
            s.spip(*index).failed()
            assert not s.tampered()
        assert all(request.user_agent == "spip-doctor" for request in other.record.requests)
    assert len(s.ann.events("relax")) == 1
    return Outcome(plain)


def address_that_changes_between_check_and_use(s: Scene) -> Outcome:
    machine = s.machine()
    machine.put("/etc/hosts", b"127.0.0.1 index.corp.example\n127.0.0.2 index.corp.example\n")
    taken = [
        _moved(s, machine, user, extra)
        for user, extra in ((s.bob, ["--trusted-host", "index.corp.example"]), (s.ann, []))
    ]
    assert taken[1] is False
    return Outcome(taken[0])


def _moved(s: Scene, machine: Machine, user: User, extra: list[str]) -> bool:
    index = lasting(GENUINE)

    def closing(request: Request) -> Answer:
        answer = index(request)
        return Answer(answer.status, answer.body, {**answer.headers, "Connection": "close"})

    with (
        Vanishing(s.interceptor, closing) as first,
        Elsewhere(s.attacker, lasting(TAMPERED)).at("127.0.0.2", first.port) as second,
    ):
        s.grant(first, "index.corp.example")
        url = f"https://index.corp.example:{first.port}/simple/"
        empty(s.to)
        s.on(machine, user, "--index-url", url, "demo", *extra)
        assert first.record.connections == 1
        assert second.record.connections
    return s.tampered()


# --- what is left behind


def tampered_wheel_then_a_verified_run(s: Scene, *words: str) -> Outcome:
    with TlsServer(s.interceptor, lasting(TAMPERED)) as server:
        s.grant(server)
        index = ["--index-url", server.url("/simple/"), "demo"]
        s.plain(*index, *words, "--trusted-host", f"localhost:{server.port}").passed()
        assert s.tampered()
        s.spip(*index, *words).passed()
        assert s.tampered()  # that is what was allowed
        s.ann.revoke()
        server.identity, server.site = s.authority.issue(), lasting(GENUINE)
        s.plain(*index).passed()
        plain = s.tampered()
        s.spip(*index).passed()
        assert not s.tampered()
    return Outcome(plain, CLEAN)


def the_same_with_isolated(s: Scene) -> Outcome:
    return tampered_wheel_then_a_verified_run(s, "--isolated")


def tampered_sdist_then_a_verified_run(s: Scene) -> Outcome:
    with TlsServer(s.interceptor, lasting(TAMPERED_SOURCE)) as server:
        s.grant(server)
        index = ["wheel", "--no-build-isolation", "--index-url", server.url("/simple/"), "source"]
        s.plain(*index, "--trusted-host", f"localhost:{server.port}", PYTHONPATH=BACKEND).passed()
        s.spip(*index, PYTHONPATH=BACKEND).passed()
        assert not _is_genuine(s)
        s.ann.revoke()
        server.identity, server.site = s.authority.issue(), lasting(GENUINE_SOURCE)
        s.plain(*index, PYTHONPATH=BACKEND).passed()
        plain = not _is_genuine(s)
        s.spip(*index, PYTHONPATH=BACKEND).passed()
        assert _is_genuine(s)
    return Outcome(plain, CLEAN)


def _is_genuine(s: Scene) -> bool:
    import zipfile

    with zipfile.ZipFile(next(s.to.glob("source-1.0*.whl"))) as archive:
        return b"GENUINE = True" in archive.read("source.py")


# --- pip's own ways, brought by others


def requirements_that_relax_another_host(s: Scene) -> Outcome:
    with TlsServer(s.attacker, Index([TAMPERED])) as other:
        lines = f"--index-url {other.url('/simple/')}\n--trusted-host localhost:{other.port}\n"
        pages = {"/team/all.txt": "-r deeper/some.txt\n", "/team/deeper/some.txt": lines + "demo\n"}
        with (
            TlsServer(s.authority.issue(), texts(pages, Index())) as verified,
            TlsServer(s.interceptor, Index([GENUINE])) as granted,
        ):
            s.grant(granted)  # for another host than the one that the file relaxes
            asked = ["-r", verified.url("/team/all.txt")]
            s.plain(*asked)
            plain = s.tampered()
            result = s.spip(*asked).passed()
            shown = f"{verified.url('/some.txt')} (line 2)"
            assert any(shown in line for line in said(result))
            outcome = Outcome(plain, s.named("requirements"))
            other.forget()
            s.under_policy(*asked)
            assert other.record.connections == 0
    return outcome


def http_file_link_of_a_verified_index(s: Scene) -> Outcome:
    with TlsServer(None, lasting(TAMPERED)) as other:
        site = lasting(TAMPERED, files=other.url("/files/"))
        return _by_http(s, other, site, "http file")


def http_redirect_of_a_verified_index(s: Scene) -> Outcome:
    with TlsServer(None, lasting(TAMPERED)) as other:
        index = lasting(TAMPERED)

        def site(request: Request) -> Answer:
            if request.path.startswith("/files/"):
                return Answer(302, headers={"Location": other.url(request.path)})
            return index(request)

        return _by_http(s, other, site, "http redirect")


def _by_http(s: Scene, other: TlsServer, site: Callable[[Request], Answer], what: str) -> Outcome:
    with TlsServer(s.authority.issue(), site) as verified:
        asked = ["--index-url", verified.url("/simple/"), "demo"]
        s.plain(*asked)
        plain = s.tampered()
        result = s.spip(*asked).passed()
        assert any("is not encrypted" in line for line in said(result))
        outcome = Outcome(plain, s.named(what))
        other.forget()
        s.under_policy(*asked)
        assert other.record.connections == 0
    return outcome


# --- who asks


def grants_copied_from_another_user(s: Scene) -> Outcome:
    if sys.platform == "win32":
        lacking("files that belong to a user by number", installable=False)
    eve = new_user(s.folder, "eve")
    with TlsServer(s.interceptor, Index([TAMPERED])) as server:
        eve.grant(server.port, s.interceptor.fingerprint)
        given = json.loads((eve.state / "grants.json").read_text())
        index = ["--index-url", server.url("/simple/"), "demo"]
        for user, owner in ((1234, os.getuid()), (given["user"], 1234)):
            if owner != os.getuid() and os.getuid() != 0:
                lacking("the rest was tried; only root can give a file away", installable=False)
            s.ann.state.mkdir(parents=True, exist_ok=True)
            s.ann.state.chmod(0o700)
            copy = s.ann.state / "grants.json"
            copy.unlink(missing_ok=True)
            copy.write_text(json.dumps({**given, "user": str(user)}))
            copy.chmod(0o600)
            os.chown(copy, owner, -1)
            result = s.spip(*index).failed()
            assert not s.tampered()
            assert any("grants.json" in line for line in said(result)), str(result)
    return Outcome(None)


def credentials_in_addresses(s: Scene) -> Outcome:
    secret = "s3cr3tword"
    inside = f"ann:{secret}@localhost"
    with (
        TlsServer(s.interceptor, Index([GENUINE])) as server,
        TlsServer(None, Index([GENUINE])) as http,
    ):
        back = f"http://{inside}:{http.port}/simple/demo/?sig={secret}"
        lines = f"--trusted-host ann:{secret}@other.corp.example\ndemo\n"
        site = texts({"/r.txt": lines, f"/{secret}/r.txt": lines}, server.site)
        server.site = lambda r: (
            Answer(302, headers={"Location": back}) if "away" in r.path else site(r)
        )
        s.grant(server)
        base = f"https://{inside}:{server.port}"
        place = f"localhost:{server.port}"
        asked: tuple[tuple[list[str], dict[str, str]], ...] = (
            (["--index-url", f"{base}/simple/?token={secret}", "demo"], {}),
            (["demo"], {"PIP_INDEX_URL": f"{base}/simple/"}),
            (["--index-url", f"{base}/simple/", "demo", "--trusted-host", place], {}),
            (["--index-url", f"{base}/nothing/{secret}=1/", "demo"], {}),
            (["--index-url", f"{base}/away/", "demo"], {}),
            (["--index-url", f"http://{inside}:{http.port}/simple/?t={secret}", "demo"], {}),
            (
                ["--no-index", "--find-links", f"http://{inside}:{http.port}/simple/demo/", "demo"],
                {},
            ),
            (["-r", f"{base}/r.txt?token={secret}#{secret}"], {}),
            (["-r", f"{base}/{secret}/r.txt"], {}),
            ([f"-qqi{base}/{secret}/", "demo", f"--trusted-host={secret}@localhost"], {}),
            ([f"{base}/files/{GENUINE.filename}?token={secret}"], {}),
            (["--index-url", f"{base}/simple/", "demo"], {"PIP_TRUSTED_HOST": f"ann:{secret}@x"}),
            (
                [
                    "--index-url",
                    f"{base}/simple/",
                    "--proxy",
                    f"http://{inside}:{http.port}",
                    "demo",
                ],
                {},
            ),
            (
                ["--index-url", f"https://ann:{secret}/x@localhost:{server.port}/simple/", "demo"],
                {},
            ),
        )
        shown = []
        for words, env in asked:
            plain = s.plain(*words, "--trusted-host", place, **env)
            shown.append(secret in plain.output)
            result = s.spip(*words, **env)
            assert secrets_in(s.ann, result, secret) == [], str(result)
        assert s.ann.events("relax")
        assert s.ann.events("own_way")
    assert len(shown) == len(asked)
    return Outcome(any(shown), "nowhere shown or logged by spip")


CORE: tuple[Attack, ...] = (
    certificate_swapped_after_the_grant,
    same_host_another_port,
    tampered_wheel_then_a_verified_run,
)
ATTACKS: tuple[Attack, ...] = (
    *CORE,
    redirect_to_another_host,
    address_that_changes_between_check_and_use,
    the_same_with_isolated,
    tampered_sdist_then_a_verified_run,
    requirements_that_relax_another_host,
    http_file_link_of_a_verified_index,
    http_redirect_of_a_verified_index,
    grants_copied_from_another_user,
    credentials_in_addresses,
)


@pytest.fixture
def scene(
    cell: Cell, tmp_path: Path, authority: Authority, stranger: Authority, os_stores: OsStores
) -> Scene:
    return Scene(cell, tmp_path, authority, stranger, os_stores)


@pytest.fixture(scope="module", autouse=True)
def _table() -> Iterator[None]:
    """Write the table of what is known of each attack, by this run or one before it."""
    yield
    rows = "".join(_row(attack.__name__) for attack in ATTACKS)
    TABLE.write_text(HEAD + rows, encoding="utf-8")
    print(f"\n{TABLE.read_text('utf-8')}")


def _keep(attack: str, pip: str, outcome: Outcome) -> None:
    """In a file of its own, since each worker knows but a part."""
    KNOWN.mkdir(parents=True, exist_ok=True)
    (KNOWN / f"{attack}-{pip}.json").write_text(json.dumps([outcome.plain, outcome.spip]))


def _row(attack: str) -> str:
    plain, ours = {}, {}
    for cell in IN_PROCESS:
        file = KNOWN / f"{attack}-{cell.pip}.json"
        if file.exists():
            taken, what = json.loads(file.read_text())
            plain[str(cell.pip)] = {True: "succeeds", False: "fails", None: "-"}[taken]
            ours[str(cell.pip)] = what
    cells = [attack.replace("_", " "), _joined(plain), _joined(ours), ", ".join(plain)]
    return f"| {' | '.join(cells)} |\n" if plain else ""


def _joined(said: dict[str, str]) -> str:
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return ", ".join(f"{pip}: {what}" for pip, what in said.items())


def _few(attack: Attack) -> tuple[Cell, ...]:
    if attack in CORE:
        return REPRESENTATIVE
    if attack is credentials_in_addresses:  # the longest of them
        return REPRESENTATIVE[-1:]
    return (REPRESENTATIVE[0], REPRESENTATIVE[-1])


def _tried() -> list[object]:
    """Each attack on the newest pip and an old one, the core ones on a few more.

    `scripts/test --whole`: each on all, as the workflow on GitHub does it each week.
    """
    found: list[object] = []
    wide = whole()
    for attack in ATTACKS:
        for cell in parameters(*(IN_PROCESS if wide else _few(attack))):
            assert isinstance(cell, type(pytest.param()))
            name = f"{attack.__name__}-{cell.id}"
            found.append(pytest.param(attack, *cell.values, id=name, marks=cell.marks))
    return found


@pytest.mark.matrix
@pytest.mark.parametrize(("attack", "cell"), _tried())
def test_an_attack_that_takes_in_trusted_host_fails(attack: Attack, scene: Scene) -> None:
    outcome = attack(scene)
    _keep(attack.__name__, str(scene.cell.pip), outcome)
    assert outcome.plain is not False, "plain pip was not taken in, so the test shows nothing"
    assert not any(TAMPERED.data in file.read_bytes() for file in scene.ann.cached)
    if outcome.spip == REFUSED:
        assert not any(map(scene.tampered, (TAMPERED, TAMPERED_SOURCE)))
