"""A root lies in a file that a setting names and that doesn't count: which, why, what mends it.

Every form of such a value by every setting that takes one, with the words of `spip download` and
of the doctor. What the next step says is then done, and helps.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from doctor_world import causes, the
from support.authority import Authority
from support.checkout import copied
from support.environments import current_environment, with_spip
from support.index import Index, standard_artifacts
from support.lacking import lacking
from support.pairwise import parameters
from support.run import Result, run
from support.servers import TlsServer

SETTINGS = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SPIP_CA_BUNDLE", "cert")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of its own")


@dataclass(frozen=True)
class Form:
    """What is the matter with a value; `words` and `step` are patterns, {file} is the file."""

    make: Callable[[Path, Authority], str]
    words: str
    step: str = "{setting}"  # the setting as it was meant
    cause: str = "bundle-refused"


def written(folder: Path, data: bytes) -> str:
    (folder / "ca.pem").write_bytes(data)
    return str(folder / "ca.pem")


def relative(folder: Path, root: Authority) -> str:
    return os.path.relpath(written(folder, root.pem), folder.parent)


def open_to_all(folder: Path, root: Authority) -> str:
    path = written(folder, root.pem)
    os.chmod(path, 0o666)  # noqa: S103 - what is tried
    return path


def quoted(folder: Path, root: Authority) -> str:
    return f'"{written(folder, root.pem)}"'


def with_cr(folder: Path, root: Authority) -> str:
    return written(folder, root.pem) + "\r"


def joined(folder: Path, root: Authority) -> str:
    another = folder / "another.pem"
    another.write_bytes(Authority("Another Root CA").pem)
    return f"{written(folder, root.pem)}:{another}"


def broken(folder: Path, root: Authority) -> str:
    spoilt = root.pem.splitlines(keepends=True)
    spoilt[3] = b"!!!!" + spoilt[3][4:]
    return written(folder, Authority("Another Root CA").pem + b"".join(spoilt))


FORMS = {
    "relative": Form(relative, "it is not an absolute path"),
    "open-to-all": Form(open_to_all, "it is writable by others", "chmod go-w {file}"),
    "quoted": Form(quoted, "it has quotes around it"),
    "cr": Form(with_cr, r"it has a carriage return \(CR"),
    "joined": Form(joined, "it has several files in one value"),
    "broken": Form(
        broken, r"its line \d+ holds a broken certificate", "mend .* {file}", "unknown-authority"
    ),
}


@dataclass(frozen=True)
class Named:
    """A setting that names a file; `setting` is the pattern of how it is written anew."""

    env: dict[str, str]
    file: str
    setting: str


def named(folder: Path, form: str, name: str, root: Authority) -> Named:
    value = FORMS[form].make(folder, root)
    file = re.escape(str(folder / "ca.pem"))
    if name != "cert":
        return Named({name: value}, file, f"export {name}={file}$")
    config = folder / "pip.conf"
    config.write_text(f"[global]\ntimeout = 15\ncert = {value}\n", newline="")
    step = f"write  cert = {file}  in line 3 of {re.escape(str(config))}$"
    return Named({"PIP_CONFIG_FILE": str(config)}, file, step)


def is_spoilt(form: str, name: str) -> bool:
    return (form, name) != ("cr", "cert")  # pip reads a file of lines, whatever ends them


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def index(root: Authority) -> Iterator[TlsServer]:
    with TlsServer(root.issue(), Index(standard_artifacts())) as server:
        yield server


def download(index: TlsServer, folder: Path, env: dict[str, str]) -> Result:
    words = ["download", "--no-deps", "--no-cache-dir", "--retries=0", "-d", str(folder), "demo"]
    env = env | {"PIP_INDEX_URL": index.url("/simple/")}
    return run(with_spip(current_environment()).spip(*words), env=env, cwd=folder.parent)


def next_step(said: str) -> str:
    (step,) = re.findall(r"^spip:   next: (.*?)(?:     more: .*)?$", said, re.MULTILINE)
    return str(step)


def check(said: str, step: str, form: str, this: Named) -> None:
    """Which file, why, and the one step; nobody is asked for what is there, nothing is unset."""
    known = FORMS[form]
    assert re.search(this.file, said), said
    assert re.search(known.words, said), said
    assert re.match(known.step.format(file=this.file, setting=this.setting), step), step
    assert "ask whoever" not in said + step
    assert "unset" not in said + step
    assert "trust add" not in step


def followed(step: str, this: Named) -> dict[str, str]:
    """Do what the next step says, as a person would; the environment afterwards."""
    if step.startswith("export "):
        name, _, value = step.removeprefix("export ").partition("=")
        return this.env | {name: shlex.split(value)[0]}
    if written := re.fullmatch(r"write  (.*)  in line (\d+) of (.*)", step):
        file = Path(written.group(3))
        lines = file.read_text().splitlines()
        lines[int(written.group(2)) - 1] = written.group(1)
        file.write_text("\n".join(lines) + "\n")
    else:
        run(shlex.split(step)).passed()
    return this.env


@posix
@pytest.mark.parametrize(("form", "name"), parameters([tuple(FORMS), SETTINGS], is_spoilt))
def test_the_fresh_process_says_which_file_why_and_what_mends_it(
    form: str, name: str, index: TlsServer, root: Authority, tmp_path: Path
) -> None:
    """The whole product of forms and settings, without a pip."""
    folder = tmp_path / "roots"
    folder.mkdir()
    this = named(folder, form, name, root)
    value = this.env.get("PIP_CERT")
    told = {"cert": value, "failures": [refusal(index)]}
    if name == "cert":
        told["cert"] = (folder / "pip.conf").read_text().splitlines()[2].partition(" = ")[2]
        told["cert_at"] = f"{folder / 'pip.conf'}:3"
    words = [sys.executable, "-c", "from spip.doctor.after_failure import main; main()"]
    result = run(words, env=this.env, cwd=tmp_path, stdin=json.dumps(told)).passed()
    check(result.stderr, next_step(result.stderr), form, this)


def refusal(index: TlsServer) -> dict[str, object]:
    said: dict[str, object] = {"url": index.url("/simple/demo/"), "proxy": None, "verify_code": 20}
    return said | {"error": "SSLCertVerificationError", "text": "", "certificate": True}


@posix
@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("relative", "cert"),
        ("open-to-all", "PIP_CERT"),
        ("quoted", "cert"),
        ("cr", "REQUESTS_CA_BUNDLE"),
        ("joined", "SSL_CERT_FILE"),
        ("broken", "SPIP_CA_BUNDLE"),
    ],
)
def test_download_and_the_doctor_name_the_same_and_the_next_step_helps(
    form: str, name: str, index: TlsServer, root: Authority, tmp_path: Path
) -> None:
    folder = tmp_path / "roots"
    folder.mkdir()
    this = named(folder, form, name, root)
    failed = download(index, folder, this.env).failed()
    step = next_step(failed.stderr)
    check(failed.stderr, step, form, this)
    examined = run(
        with_spip(current_environment()).spip("doctor", "--json", index.url("/simple/")),
        env=this.env,
        cwd=tmp_path,
    )
    said = json.loads(examined.stdout)
    assert causes(said) == [FORMS[form].cause]
    found = the(said, FORMS[form].cause)
    check(found["sentence"] + str(found["evidence"]), found["next"], form, this)
    if form != "broken":  # a person has to mend that one
        download(index, folder, followed(step, this)).passed()


@posix
@pytest.mark.parametrize("name", ["PIP_CERT", "cert"])
def test_a_file_with_two_lines_in_one_is_read_and_its_line_told(
    name: str, index: TlsServer, root: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority("Another Root CA").pem.rstrip(b"\n") + root.pem)
    env = {name: str(file)}
    if name == "cert":
        (tmp_path / "pip.conf").write_text(f"[global]\ncert = {file}\n")
        env = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    download(index, tmp_path, env).passed()
    words = with_spip(current_environment()).spip("doctor", "--json", index.url("/simple/"))
    said = json.loads(run(words, env=env).passed().stdout)
    found = the(said, "bundle-broken")
    assert re.search(r"line \d+ is two lines in one", found["sentence"])
    assert str(file) in found["sentence"]
    assert str(file) in found["next"]
    assert causes(said) == []


@posix
def test_as_root_another_accounts_file_is_named_and_is_taken_by_its_fingerprint(
    index: TlsServer, root: Authority, tmp_path: Path
) -> None:
    """The account is below those of people, so that it is nobody who made a container."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a file another account's")
    file = tmp_path / "ca.pem"
    file.write_bytes(root.pem)
    os.chown(file, 12, 12)
    said = download(index, tmp_path, {"PIP_CERT": str(file)}).stderr
    assert f"the root that it needs lies in {file} (PIP_CERT), which isn't used" in said
    step = next_step(said)
    assert re.fullmatch(rf"\S+ trust add {re.escape(str(file))}", step)
    unseen = run([*shlex.split(step), "--yes"], env={"HOME": str(tmp_path)}).failed()
    assert "not trusted unseen" in unseen.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has user namespaces")
def test_in_a_user_namespace_a_checkout_sets_itself_up_and_a_named_bundle_counts(
    index: TlsServer, root: Authority, tmp_path: Path
) -> None:
    """There / belongs to nobody, as in a rootless container: the bundle was passed over."""
    apart = ["unshare", "-Ur"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        lacking("no user namespaces here", installable=False)
    checkout = copied(tmp_path / "checkout")
    made = run([*apart, *checkout.argv("--version")], env=checkout.environ, timeout=240).passed()
    assert made.stdout.startswith("spip ") or made.stdout.startswith("pip "), str(made)
    file = tmp_path / "ca.pem"
    file.write_bytes(root.pem)
    env = {"SPIP_CA_BUNDLE": str(file), "PIP_INDEX_URL": index.url("/simple/")}
    words = ["download", "--no-deps", "--no-cache-dir", "-d", str(tmp_path / "to"), "demo"]
    fetched = run([*apart, *checkout.argv(*words)], env=env, timeout=120).passed()
    assert "passed over" not in fetched.stderr
    run([*apart, *checkout.argv("doctor")], env=env, timeout=120).passed()
    # What anybody may write is refused there as well.
    file.chmod(0o666)
    refused = run([*apart, *checkout.argv(*words)], env=env, timeout=120).failed()
    assert "writable by others" in refused.stderr
