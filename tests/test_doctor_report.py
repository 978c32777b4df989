"""The report: JSON by its schema, a page that stands alone, a terminal of any width."""

from __future__ import annotations

import html.parser
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor_situations import SITUATIONS
from doctor_world import DOCTOR, doctor, no_store, report
from spip import console
from support.artifacts import wheel
from support.authority import Authority
from support.index import Index
from support.json_schema import violations
from support.run import Result, clean_environment, run
from support.servers import TlsServer
from support.terminal import at_terminal
from support.wheelhouse import CHECKOUT

SCHEMA = CHECKOUT / "docs" / "doctor.schema.json"
# Some of each kind: healthy with notes, refused, out of date, at a proxy, before TLS.
SOME = ("root-without-key-usage", "company-root-unknown", "clock-behind", "proxy-wants-a-login",
        "nothing-listens", "leaf-expired")  # fmt: skip


Met = tuple[str, dict[str, str]]  # the index, and the environment that belongs to it


@pytest.fixture(params=SOME)
def situation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Met]:
    _, made = SITUATIONS[request.param]
    with made(tmp_path) as way:
        yield way.index, dict(way.env)


@pytest.fixture
def expired(tmp_path: Path) -> Iterator[Met]:
    _, made = SITUATIONS["leaf-expired"]
    with made(tmp_path) as way:
        yield way.index, dict(way.env)


def test_json_keeps_to_its_schema(situation: Met) -> None:
    index, env = situation
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert list(violations(report(index, env=env), schema, schema)) == []


def test_the_schema_is_a_yardstick_that_can_fail() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert len(list(violations({"schema": 2, "nonsense": 1}, schema, schema))) > 10


class Page(html.parser.HTMLParser):
    """What a page holds: its tags, what they fetch, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(  # noqa: D102 - the parser's own names
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.append(tag)
        self.fetched += [f"{n}={v}" for n, v in attrs if n in {"src", "href", "action", "data"}]
        self.fetched += [n for n, _ in attrs if n.startswith("on")]
        if tag not in {"meta", "br", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: D102 - as above
        assert self.open.pop() == tag


def test_the_page_stands_alone(situation: Met, tmp_path: Path) -> None:
    index, env = situation
    doctor(index, "--html", str(tmp_path / "page.html"), env=env)
    text = (tmp_path / "page.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "url(" not in text
    for rule in ("prefers-color-scheme: dark", "@media print", "Content-Security-Policy"):
        assert rule in text


def test_the_page_has_the_letter(tmp_path: Path) -> None:
    with TlsServer(Authority().issue()) as server:
        doctor(server.url(), "--html", str(tmp_path / "page.html"))
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "Please give us the root certificate of: O=Example Corporation, CN=Example" in text
    assert f"openssl s_client -connect localhost:{server.port} -servername localhost" in text


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    result = doctor("localhost:1", "--html", str(tmp_path / "no" / "page.html"))
    assert result.code == 1
    assert result.stderr.startswith("spip: the page can't be written to ")
    assert "Traceback" not in result.output


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as POSIX has it")
@pytest.mark.parametrize("columns", [80, 120])
def test_the_terminal_report_fits(columns: int, situation: Met) -> None:
    index, env = situation
    shown = in_terminal(index, columns=columns, env=env)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    # A command is never broken, since half of it would be another one.
    assert all("-m spip" in line for line in lines if len(line) > columns)
    assert lines[0].startswith(("OK: ", "PROBLEM: "))
    for label in ("way", "looked in", "target", "spip", "policy"):
        assert any(line.startswith(f"  {label} ") for line in lines), label
    assert all(line.isascii() for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as POSIX has it")
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_command_stays_on_one_line(columns: int) -> None:
    with TlsServer(Authority().issue()) as server:
        shown = in_terminal(server.url(), columns=columns, env={"NO_COLOR": "1"})
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    command = f"{sys.executable} -m spip trust add FILE"
    assert any(line.rstrip().endswith(command) for line in plain.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as POSIX has it")
def test_colours_are_left_out_where_nobody_wants_them(expired: Met) -> None:
    index, env = expired
    assert "\x1b[1;31mPROBLEM" in in_terminal(index, columns=80, env=env)
    plain = in_terminal(index, columns=80, env=env | {"NO_COLOR": "1"})
    assert "\x1b[31m" not in plain
    assert ";31m" not in plain


def in_terminal(*words: str, columns: int, env: dict[str, str]) -> str:
    """Run the doctor in a terminal of that width and return what it shows."""
    environ = clean_environment("/nonexistent", TERM="xterm-256color", **env)
    return at_terminal([*DOCTOR, *words], environ, columns=columns, shows_errors=False)[1]


@pytest.mark.parametrize("encoding", ["ascii", "cp936", "cp949", "cp1251", "cp437", "utf-8"])
def test_any_code_page_will_do(encoding: str) -> None:
    root = Authority(
        "\u0412\u043d\u0443\u0442\u0440\u0435\u043d\u043d\u0438\u0439 \ud68c\uc0ac \u516c\u53f8 CA"
    )
    with TlsServer(root.issue()) as server:
        env = {"PYTHONIOENCODING": f"{encoding}:strict"}
        result = run([*DOCTOR, server.url()], env=env)
    assert result.code == 1
    assert "Traceback" not in result.output
    assert result.stdout.startswith("PROBLEM: ")


def test_a_pipeline_sees_the_cause_on_the_last_line(expired: Met) -> None:
    index, env = expired
    result = doctor(index, env=env)
    assert result.code == 1
    assert result.stdout.splitlines()[-1] == "expired"
    assert result.stderr == ""


def test_a_healthy_pipeline_is_quiet(tmp_path: Path) -> None:
    root = Authority()
    with TlsServer(root.issue()) as server:
        env = {"PIP_CERT": str(root.write(tmp_path))}  # pip alone works with it too
        result = doctor(server.url(), env=env)
    assert (result.code, result.stderr) == (0, "")
    said = f"OK: localhost:{server.port} can be reached from here, and verification is on.\n"
    assert re.fullmatch(re.escape(said) + no_store(), result.stdout), result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--accept", "nonsense"], "there is no cause of that name"),
        (["--accept", "expierd"], "one of these: expired"),
        (["ftp://index.corp.example"], "its scheme is 'ftp', not https or http"),
        (["https://"], "it names no host"),
        (["https://index.corp.example:99999"], "its port is no number up to 65535"),
        (["index corp example"], "its host is no name that DNS knows"),
        (["https://a\x1b[31mb/"], "is no host and no URL"),
        (["x" * 64], "its host is no name that DNS knows"),
        (["https://ann:secret@:443"], "it names no host"),
        (["localhost:0"], "its port is 0"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(words: list[str], said: str) -> None:
    result = doctor(*words)
    assert result.code == 2, str(result)
    assert said in result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert "\x1b" not in result.stderr
    assert "secret" not in result.stderr


def test_help_names_every_option() -> None:
    result = doctor("--help").passed()
    for option in ("--json", "--html", "--strict", "--accept"):
        assert option in result.stdout
    assert result.stderr == ""


def test_a_target_that_does_not_start_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    result: Result = doctor(env={"SPIP_PYTHON": str(broken)})
    assert result.code == 1
    assert f"{broken} can't say what it is: no such luck" in result.stderr


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_long_work_shows_what_it_waits_for_and_wipes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_PROGRESS_DELAY", 0)
    watched, unwatched = Terminal(), io.StringIO()
    for stream in (watched, unwatched):
        with console.progress(stream) as tell:
            tell("3 of 20 hosts have answered")
            tell("3 of 20 hosts have answered")
    assert watched.getvalue().count("spip: 3 of 20 hosts have answered") == 1
    assert watched.getvalue().endswith("\r" + " " * 70 + "\r")
    assert unwatched.getvalue() == ""


def test_a_healthy_machine_with_one_index_is_examined_quickly(tmp_path: Path) -> None:
    """Under 1.5 s is asked for. Counted in the processor's time, since other tests run beside."""
    root = Authority()
    with TlsServer(root.issue(), Index([wheel("pip")])) as server:
        env = {"PIP_CERT": str(root.write(tmp_path)), "PIP_INDEX_URL": server.url("/simple/")}
        result = doctor(env=env).passed()
    said = "OK: pip works here, and verification is on.\n"
    assert re.fullmatch(re.escape(said) + no_store(), result.stdout), result.stdout
    assert result.cpu < 1.5
