"""What other systems say of themselves, recorded: conda, macOS, Windows, WSL."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from spip.certificates import x509
from spip.diagnosis.evidence import Clock, Evidence, SourceState
from spip.diagnosis.findings import Finding
from spip.diagnosis.time_causes import build_date, certifi_date, make_clock
from spip.doctor import letter, local_setup, trust_gaps, unused_roots
from spip.environment import system
from spip.environment.pip_settings import Settings, effective_settings
from spip.environment.target_facts import Facts, Pip
from spip.probe.endpoint import parse_endpoint
from spip.probe.results import ProbeResult
from support.authority import Authority, bundle

NOTHING = Settings({}, {})
HERE = Facts(
    python="/opt/python/bin/python3",
    rule="VIRTUAL_ENV",
    version=(3, 12, 4),
    prefix="/opt/python",
    is_environment=True,
    built="Jun  6 2024 18:26:44",
    is_conda=False,
    system="Linux",
    ssl_version="OpenSSL 3.0.13",
    ssl_problem="",
    ssl_file="/etc/ssl/cert.pem",
    pip=Pip("25.3", "/opt/python/pip"),
)


def of_machine(facts: Facts, platform: str = "linux", **environ: str) -> list[Finding]:
    return list(local_setup.findings(facts, NOTHING, (), environ, platform))


@pytest.mark.parametrize(
    ("problem", "more", "cause"),
    [
        ("No module named '_ssl'", {}, "no-ssl-build"),
        ("No module named _ssl", {"version": (3, 6, 1)}, "no-ssl-build"),
        (
            "libssl.so.1.1: cannot open shared object file: No such file or directory",
            {},
            "no-ssl-library",
        ),
        (
            "dlopen(_ssl.cpython-310-darwin.so, 0x0002): Library not loaded: libssl.1.1.dylib",
            {"system": "Darwin"},
            "no-ssl-library",
        ),
        (
            "DLL load failed while importing _ssl: The specified module could not be found.",
            {"system": "Windows", "is_conda": True, "prefix": r"C:\Users\ann\miniconda3"},
            "no-ssl-conda",
        ),
        (
            "DLL load failed while importing _ssl: The specified module could not be found.",
            {"system": "Windows"},
            "no-ssl-library",
        ),
    ],
)
def test_why_a_python_has_no_ssl(problem: str, more: dict[str, object], cause: str) -> None:
    (found,) = of_machine(replace(HERE, ssl_problem=problem, **more))  # type: ignore[arg-type]
    assert found.cause == cause


def test_conda_without_activation_names_its_environment() -> None:
    facts = replace(
        HERE, ssl_problem="DLL load failed", system="Windows", is_conda=True, prefix=r"C:\conda"
    )
    assert of_machine(facts)[0].next == r'conda activate "C:\conda"'


def test_a_pyenv_python_is_built_again_by_pyenv() -> None:
    facts = replace(HERE, ssl_problem="No module named '_ssl'", prefix="/h/.pyenv/versions/3.12.4")
    assert "pyenv install --force 3.12.4" in of_machine(facts)[0].next


def test_the_python_of_python_org_without_its_last_step() -> None:
    file = "/Library/Frameworks/Python.framework/Versions/3.12/etc/openssl/cert.pem"
    (found,) = of_machine(replace(HERE, system="Darwin", ssl_file=file), "macos")
    assert found.cause == "macos-certificates"
    assert found.next == 'open "/Applications/Python 3.12/Install Certificates.command"'


def test_a_pip_that_is_too_old() -> None:
    (found,) = of_machine(replace(HERE, pip=Pip("19.0.1", "/opt/pip")))
    assert found.cause == "pip-too-old"


def test_the_key_log_file_of_an_antivirus_on_windows() -> None:
    (found,) = of_machine(HERE, "windows", SSLKEYLOGFILE=r"\\.\aswMonFltProxy\FFFF")
    assert found.cause == "sslkeylogfile"
    assert "antivirus" in found.next


def accepted(root: Authority, *sources: SourceState, file: str = "") -> tuple[Evidence, Facts]:
    """Return a host that works, its root in `sources`, and a target whose pip brings `file`."""
    leaf = root.issue()
    seen = ProbeResult(
        parse_endpoint("https://index.corp.example/"),
        presented=(leaf.der,),
        verified=(leaf.der, root.der),
    )
    pip = Pip("25.3", "/opt/pip", certifi=file, certifi_version="2022.12.07")
    clock_now = Clock(datetime.now(timezone.utc))
    return Evidence(seen, clock_now, sources), replace(HERE, pip=pip)


def source(kind: str, *roots: Authority, label: str = "", path: str = "x") -> SourceState:
    return SourceState(kind, label or kind, path, frozenset(each.der for each in roots))


def test_condas_own_store_lacks_what_the_system_has(tmp_path: Path) -> None:
    root, other = Authority(), Authority("Another Root CA")
    (tmp_path / "ssl").mkdir()
    own = bundle(tmp_path / "ssl", other, name="cacert.pem")
    evidence, facts = accepted(root, source("os", root), file=str(own))
    facts = replace(facts, is_conda=True, prefix=str(tmp_path), ssl_file=str(own))
    found = list(trust_gaps.findings(evidence, facts, NOTHING))
    assert [each.cause for each in found] == ["conda-store"]
    own.write_bytes(root.pem)
    assert list(trust_gaps.findings(evidence, facts, NOTHING)) == []


def test_a_store_that_is_older_than_the_root(tmp_path: Path) -> None:
    root, other = Authority(), Authority("Another Root CA")
    old = bundle(tmp_path, other)
    evidence, facts = accepted(root, source("os", other), source("certifi", root), file=str(old))
    found = list(trust_gaps.findings(evidence, facts, NOTHING))
    assert [each.cause for each in found] == ["os-store-outdated", "certifi-outdated"]
    assert "is of 2022.12.07" in found[1].sentence


def test_a_proxy_script_is_found_in_each_systems_own_way() -> None:
    windows = (
        b"\r\nHKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"
        b"\r\n    AutoConfigURL    REG_SZ    http://wpad.corp.example/proxy.pac\r\n\r\n"
    )
    macos = (
        b"<dictionary> {\n  ProxyAutoConfigEnable : 1\n"
        b"  ProxyAutoConfigURLString : http://wpad.corp.example/proxy.pac\n}\n"
    )
    gnome = b"'http://wpad.corp.example/proxy.pac'\n"
    for name, said in (("windows", windows), ("macos", macos), ("linux", gnome), ("wsl", gnome)):
        found = system.proxy_script(name, {}, run=lambda _, said=said: said)  # type: ignore[misc]
        assert found == "http://wpad.corp.example/proxy.pac"
    off = macos.replace(b"Enable : 1", b"Enable : 0")
    assert system.proxy_script("macos", {}, run=lambda _: off) == ""
    assert system.proxy_script("linux", {}, run=lambda _: b"''\n") == ""


def test_wsl_is_known_by_its_kernel(tmp_path: Path) -> None:
    kernel = tmp_path / "osrelease"
    kernel.write_text("5.15.153.1-microsoft-standard-WSL2\n", "utf-8")
    assert system.platform(str(kernel)) in {"wsl", "macos", "windows"}
    kernel.write_text("6.1.0-18-amd64\n", "utf-8")
    assert system.platform(str(kernel)) != "wsl"


def test_a_root_of_windows_is_found_from_wsl() -> None:
    root, other = Authority(), Authority("Another Root CA")
    top = x509.read(root.issue().der)
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> bytes:
        asked.append(command)
        return (other.pem + root.pem).replace(b"\n", b"\r\n")

    found = list(unused_roots.candidates(top, "wsl", {}, lambda: system.windows_roots(run)))
    assert [each.kind for each in found] == ["windows"]
    assert found[0].der == root.der
    assert asked[0][0] == "powershell.exe"


def test_agents_files_are_looked_for_where_people_keep_them(tmp_path: Path) -> None:
    root = Authority()
    top = x509.read(root.issue().der)
    (tmp_path / ".mitmproxy").mkdir()
    (tmp_path / ".mitmproxy" / "mitmproxy-ca-cert.pem").write_bytes(root.pem)
    found = list(unused_roots.candidates(top, "linux", {"HOME": str(tmp_path)}, bytes))
    assert [(each.kind, each.tool) for each in found] == [("agent", "mitmproxy")]
    assert list(unused_roots.candidates(top, "linux", {}, bytes)) == []


@pytest.mark.parametrize("kind", ["anchor", "vendor"])
def test_a_root_that_no_other_program_finds_is_said(kind: str) -> None:
    root = Authority()
    place_of_it = source(kind, root, label="Netskope", path="/opt/agent.pem")
    evidence, facts = accepted(root, source("os"), place_of_it)
    (found,) = trust_gaps.findings(evidence, facts, NOTHING)
    assert (found.cause, found.severity) == ("root-in-unused-place", "note")
    assert "/opt/agent.pem" in found.sentence
    assert (
        list(trust_gaps.findings(*accepted(root, source("os", root), place_of_it), NOTHING)) == []
    )


def test_dates_that_a_clock_cannot_be_before() -> None:
    assert certifi_date("2026.10.18") == datetime(2026, 10, 18, tzinfo=timezone.utc)
    assert build_date("May  9 2026 07:36:57") == datetime(2026, 5, 9, tzinfo=timezone.utc)
    assert certifi_date("unknown") is build_date("") is certifi_date("2026.13.40") is None
    now = datetime(2025, 1, 1, tzinfo=timezone.utc)
    known = make_clock(
        now, [("a", build_date("May  9 2026")), ("b", None), ("c", certifi_date("2024.1.1"))]
    )
    assert known.built_what == "a"
    assert make_clock(now, []).built is None


def test_pips_files_count_in_its_own_order_and_variables_above_them() -> None:
    pip = Pip(
        "25.3",
        "/opt/pip",
        settings=(
            ("global", "index-url", "https://global.corp.example/", "/etc/pip.conf", "global"),
            ("install", "index-url", "https://install.corp.example/", "/etc/pip.conf", "global"),
            ("global", "index-url", "https://user.corp.example/", "/h/pip.conf", "user"),
            ("download", "index-url", "https://download.corp.example/", "/h/pip.conf", "user"),
            ("global", "trusted-host", "a\nb", "/h/pip.conf", "user"),
            ("global", "cert", "/x.pem", "/h/env.conf", "env"),
        ),
    )
    found = effective_settings(pip, {})
    index = found.get("index-url")
    assert index
    assert index.value == "https://install.corp.example/"
    assert index.named_by == "index-url in /etc/pip.conf"
    assert [each.value for each in found.all("trusted-host")] == ["a", "b"]
    cert = found.get("cert")
    assert cert
    assert cert.unset == ()  # pip config doesn't write a file that PIP_CONFIG_FILE names
    over = effective_settings(pip, {"PIP_INDEX_URL": "https://variable.corp.example/"}).get(
        "index-url"
    )
    assert over
    assert over.named_by == "PIP_INDEX_URL"


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("https://[2001:db8::1]:8443/", "-connect [2001:db8::1]:8443 -showcerts"),
        ("https://10.0.0.5/", "-connect 10.0.0.5:443 -showcerts"),
        ("https://a.example/", "-connect a.example:443 -servername a.example -showcerts"),
    ],
)
def test_the_command_in_the_letter_is_one_that_openssl_takes(url: str, command: str) -> None:
    evidence = Evidence(ProbeResult(parse_endpoint(url)), Clock(datetime.now(timezone.utc)))
    assert letter.show_command(evidence) == f"openssl s_client {command} </dev/null"


@pytest.mark.skipif(os.name == "nt", reason="homes of POSIX")
@pytest.mark.parametrize(("home", "word"), [("", "HOME"), ("/home/ann", "correct that file")])
def test_a_missing_home_is_named_as_the_cause(
    monkeypatch: pytest.MonkeyPatch, home: str, word: str
) -> None:
    """The doctor advised to correct a file that isn't there."""
    monkeypatch.setattr("spip.paths._home_of_account", str)
    pip = Pip("26.3", "/pip", settings_problem="RuntimeError: could not determine the home")
    (found,) = of_machine(replace(HERE, pip=pip), HOME=home)
    assert found.cause == "pip-settings"
    assert word in found.next


def test_a_target_without_ensurepip_is_not_told_to_run_it() -> None:
    (found,) = of_machine(replace(HERE, pip=None, version=(3, 9, 2), has_ensurepip=False))
    assert found.cause == "pip-missing"
    assert "ensurepip" not in found.next
