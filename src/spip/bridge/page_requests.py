"""Ask for pages by pip's own session, for the doctor: by its ssl, its proxies, its logins.

Reads one URL a line, as JSON, from stdin. The first line on stdout, JSON too, holds `ready`, or
`problem` where pip can't start with its settings, in its words; then comes a line for each URL:
`url`, and either `status`, `reason`, `type`, `body` (base64) and `wants_login`, or `failure`, as
`bridge.failure_report` describes one, and `passed_over`: pip would ask no index there. Nothing is
asked of a person, nothing is cached, and no host goes without verification because a setting trusts
it.
"""

import io
import json
import os
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Dict, Tuple

# Enough of a page to see where its links lead, as much as the doctor's own look reads.
_LONGEST_BODY = 262144
# What pip asks for (PEP 691), so that the answer is the one that pip would get.
_HEADERS = {
    "Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.1, */*;q=0.01",
    "Cache-Control": "max-age=0",
}


def serve() -> int:
    """Answer until stdin ends. `sys.argv[1:]` is the pip command whose options hold."""
    questions, answers = _own_streams()
    sys.stderr = io.StringIO()
    try:
        session, timeout = _session(sys.argv[1:])
    except (SystemExit, ValueError) as error:
        problem = (sys.stderr.getvalue().strip() or str(error)).splitlines()[-1]
        answers.write(json.dumps({"problem": problem}).encode("ascii") + b"\n")
        return 1
    answers.write(json.dumps({"ready": True}).encode("ascii") + b"\n")
    lock = threading.Lock()

    def work(url: str) -> None:
        line = json.dumps(_answer(session, url, timeout)) + "\n"
        with lock:
            answers.write(line.encode("ascii"))
            answers.flush()

    running = []
    for raw in iter(questions.readline, b""):
        running.append(threading.Thread(target=work, args=(json.loads(raw.decode("ascii")),)))
        running[-1].daemon = True
        running[-1].start()
    for thread in running:
        thread.join()
    return 0


def _own_streams() -> "Tuple[IO[bytes], IO[bytes]]":
    """stdin and stdout, kept from others: a keyring would read one and print to the other."""
    questions, answers = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return questions, answers


def _session(arguments: "Any") -> "Tuple[Any, float]":
    """pip's session for that command, and how long it waits for a host."""
    from pip._internal.cli.main_parser import parse_command
    from pip._internal.commands import create_command

    name, words = parse_command(list(arguments))
    command = create_command(name)
    options, _ = command.parse_args(words)
    options.cache_dir = False
    _see_that_hosts_can_be_read(options.trusted_hosts)
    trusted, options.trusted_hosts = options.trusted_hosts, []
    # 20.0 and newer keep the folders that a session needs until this ends, as does the process.
    getattr(command, "main_context", _Nothing)().__enter__()
    timeout = min(options.timeout or 15.0, 10.0)
    session = _without_programs(lambda: command._build_session(options, retries=0, timeout=timeout))
    _ask_nobody(session.auth)
    _let_plain_hosts_be_asked(session, trusted)
    return session, timeout


def _without_programs(build: "Any") -> "Any":
    """Build the session while no program is in reach.

    For its User-Agent pip runs `lsb_release`, `uname` and `rustc`, half a second together; the
    doctor's requests do without what these say. A keyring's command is looked for later. No folder
    is named by a file; an empty PATH would name the current one.
    """
    path = os.environ.get("PATH")
    os.environ["PATH"] = os.devnull
    try:
        return build()
    finally:
        if path is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = path


def _see_that_hosts_can_be_read(hosts: "Any") -> None:
    """Raise ValueError for a trusted host with which pip's session can't be made, a URL say."""
    from pip._internal.utils import misc

    for host in hosts:
        if hasattr(misc, "parse_netloc"):
            misc.parse_netloc(host)


def _let_plain_hosts_be_asked(session: "Any", hosts: "Any") -> None:
    """Have pip count them where it decides whether an index may be http, and nowhere else."""
    from pip._internal.utils import misc

    if hasattr(session, "pip_trusted_origins"):
        session.pip_trusted_origins += [misc.parse_netloc(host) for host in hosts]


def _is_passed_over(session: "Any", url: str) -> bool:
    """Whether pip would ask no index there, since its address is http and the host not trusted."""
    try:
        from pip._internal.models.link import Link

        return not session.is_secure_origin(Link(url))
    except Exception:  # noqa: BLE001 - a pip that decides it elsewhere has asked already
        return False


class _Nothing(object):
    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


def _ask_nobody(auth: "Any") -> None:
    """Have pip's own logins tried (the URL, netrc, a keyring), and none typed by a person.

    `--no-input` would not do: it switches the keyring off as well.
    """
    auth.asked = False

    def prompt(*_: object) -> "Tuple[None, None, bool]":
        auth.asked = auth.prompting
        return None, None, False

    auth._prompt_for_password = prompt


def _answer(session: "Any", url: str, timeout: float) -> "Dict[str, Any]":
    try:
        _see_that_pip_asks(url)
        with session.get(url, headers=_HEADERS, timeout=timeout, stream=True) as response:
            return _said(session, url, response)
    except Exception as error:  # noqa: BLE001 - whatever pip would end with is the answer
        from spip.bridge import failure_report

        return {
            "url": url,
            "failure": failure_report.failure(url, _proxies(session, url), error),
            "passed_over": _is_passed_over(session, url),
        }


def _see_that_pip_asks(url: str) -> None:
    """Raise ValueError for what this pip passes over, since it takes it for no URL."""
    from pip._internal.vcs import is_url

    if not is_url(url):
        raise ValueError("pip takes it for no URL, and passes it over")


def _said(session: "Any", url: str, response: "Any") -> "Dict[str, Any]":
    import base64

    body = b""
    for piece in response.iter_content(65536):
        body += piece
        if len(body) >= _LONGEST_BODY:
            break
    return {
        "url": url,
        "status": response.status_code,
        "reason": response.reason or "",
        "type": response.headers.get("Content-Type", ""),
        "body": base64.b64encode(body[:_LONGEST_BODY]).decode("ascii"),
        "wants_login": response.status_code == 401 and session.auth.asked,
        "passed_over": _is_passed_over(session, url),
    }


def _proxies(session: "Any", url: str) -> "Any":
    try:
        return session.merge_environment_settings(url, {}, None, None, None)["proxies"]
    except Exception:  # noqa: BLE001 - a variable that can't be read is what the failure says
        return session.proxies
