"""Verification that is switched off somewhere is listed even when all works."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor_situations import trusting
from doctor_world import causes, doctor, report
from support.authority import Authority
from support.servers import TlsServer


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIP_TRUSTED_HOST", "index.corp.example"),
        ("GIT_SSL_NO_VERIFY", "1"),
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("NPM_CONFIG_STRICT_SSL", "false"),
        ("CONDA_SSL_VERIFY", "no"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("UV_INSECURE_HOST", "localhost"),
        ("PIP_INDEX_URL", "http://localhost:1/simple"),
    ],
)
def test_a_variable_that_switches_off(variable: str, value: str) -> None:
    said = report("localhost:1", env={variable: value})
    found = [each for each in said["findings"] if each["cause"] == "verification-off"]
    assert len(found) == 1
    assert variable in found[0]["sentence"]
    assert f"unset {variable}" in found[0]["next"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
        ("PYTHONHTTPSVERIFY", "1"),
        ("CONDA_SSL_VERIFY", "yes"),
    ],
)
def test_a_variable_that_leaves_it_on(variable: str, value: str) -> None:
    assert "verification-off" not in causes(report("localhost:1", env={variable: value}), "note")


FILES = {
    ".gitconfig": "[http]\n\tsslVerify = false\n",
    ".npmrc": "strict-ssl=false\n",
    ".condarc": "ssl_verify: false\n",
    ".curlrc": "insecure\n",
    ".wgetrc": "check_certificate = off\n",
    ".yarnrc.yml": "enableStrictSsl: false\n",
    ".config/uv/uv.toml": 'allow-insecure-host = ["localhost"]\n',
    ".bashrc": "# pip --trusted-host nowhere\nalias pip='pip --trusted-host index.corp.example'\n",
    ".zshrc": "export PIP_TRUSTED_HOST=index.corp.example\n",
    ".config/fish/config.fish": "set -x GIT_SSL_NO_VERIFY 1\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_switches_off(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FILES[name], "utf-8")
    said = report("localhost:1", env={"HOME": str(tmp_path)})
    found = [each for each in said["findings"] if each["cause"] == "verification-off"]
    assert len(found) == 1
    assert f"{file}, line " in found[0]["sentence"]
    assert found[0]["next"]
    assert file.read_text("utf-8") == FILES[name]


def test_strict_fails_on_it_and_an_accepted_cause_does_not(tmp_path: Path) -> None:
    root = Authority()
    env = trusting(tmp_path, root) | {"GIT_SSL_NO_VERIFY": "1"}
    with TlsServer(root.issue()) as server:
        url = server.url()
        assert doctor(url, env=env).code == 0
        strict = doctor(url, "--strict", env=env)
        extra = doctor(url, "--strict", "--accept", "verification-off", env=env)
        accepted = doctor(
            url, "--strict", "--accept", "verification-off", "--accept", "extra-root", env=env
        )
    assert (strict.code, extra.code, accepted.code) == (1, 1, 0)
    assert strict.stdout.splitlines()[-1] in {"verification-off", "extra-root"}
    assert extra.stdout.splitlines()[-1] == "extra-root"
    assert root.fingerprint in doctor(url, "--strict", "--json", env=env).stdout


def test_an_accepted_problem_does_not_fail_and_is_still_said() -> None:
    result = doctor("localhost:1", "--accept", "refused")
    assert result.code == 0
    assert result.stdout.startswith("PROBLEM: localhost port 1 refuses connections")
