"""Verification that is switched off somewhere is listed even when all works."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor_situations import trusting
from doctor_world import causes, doctor, report
from relaxed_world import User
from support.authority import Authority
from support.index import Index, standard_artifacts
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
        ("PIP_FIND_LINKS", "http://files.corp.example/"),
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


HOSTS = "at index.corp.example"
# Below the home: what a file holds, the line, and what is said of it.
FILES = {
    ".gitconfig": ("[http]\n\tsslVerify = false\n", 2, "git by http.sslVerify"),
    ".config/git/config": (
        '[http "https://a.example"]\n\tsslVerify = no\n',
        2,
        "git by http.sslVerify",
    ),
    ".npmrc": ("strict-ssl=false\n", 1, "npm by strict-ssl"),
    ".condarc": ("ssl_verify: false\n", 1, "conda by ssl_verify"),
    ".curlrc": ("insecure\n", 1, "curl by insecure"),
    ".wgetrc": ("check_certificate = off\n", 1, "wget by check_certificate"),
    ".yarnrc.yml": ("enableStrictSsl: false\n", 1, "yarn by enableStrictSsl"),
    ".config/uv/uv.toml": (
        'allow-insecure-host = ["localhost"]\n',
        1,
        "uv by allow-insecure-host",
    ),
    ".config/pip/pip.conf": (
        "[download]\ntrusted-host = ann:pw@index.corp.example\n",
        2,
        f"pip {HOSTS} by trusted-host in [download]",
    ),
    ".bashrc": (
        "# pip --trusted-host nowhere\nalias pip='pip --trusted-host index.corp.example'\n",
        2,
        f"pip {HOSTS} by --trusted-host",
    ),
    ".bashrc.d/corp": (
        "alias pip3='pip3 --trusted-host index.corp.example'\n",
        1,
        f"pip {HOSTS} by --trusted-host",
    ),
    ".profile": ("alias curl='curl -k'\n", 1, "curl by --insecure"),
    ".zprofile": ("export UV_INSECURE_HOST=a\n", 1, "uv by UV_INSECURE_HOST"),
    "zsh/.zshrc": (
        "export PIP_TRUSTED_HOST=index.corp.example\n",
        1,
        f"pip {HOSTS} by PIP_TRUSTED_HOST",
    ),
    ".config/fish/config.fish": (
        "set -x GIT_SSL_NO_VERIFY 1\n",
        1,
        "git by GIT_SSL_NO_VERIFY",
    ),
    ".zshenv": (
        "export PIP_INDEX_URL=http://ann:pw@index.corp.example/TOKEN/simple\n",
        1,
        "PIP_INDEX_URL (",
    ),
}
# Whoever takes a variable away switches nothing off.
HARMLESS = {
    ".bash_aliases": "unset PIP_TRUSTED_HOST PIP_CERT\n",
    ".bash_profile": "if true; then\n  unset PIP_TRUSTED_HOST\n  A=1\nfi\n",
    ".kshrc": "unset GIT_SSL_NO_VERIFY X\n",
}


def put(home: Path, name: str, text: str) -> None:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(text, "utf-8")


def test_each_file_that_switches_off_is_named_and_no_other(tmp_path: Path) -> None:
    """What `--fix` takes away, the report names: it had patterns of its own, which found less."""
    for name, (text, _, _) in FILES.items():
        put(tmp_path, name, text)
    for name, text in HARMLESS.items():
        put(tmp_path, name, text)
    env = {"HOME": str(tmp_path), "ZDOTDIR": str(tmp_path / "zsh"), "PIP_CONFIG_FILE": None}
    said = report("localhost:1", env=env)
    found = [each for each in said["findings"] if each["cause"] == "verification-off"]
    sentences = [each["sentence"] for each in found]
    for name, (text, line, words) in FILES.items():
        (about,) = [
            each for each in found if f"({tmp_path / name}, line {line})" in each["sentence"]
        ]
        assert words in about["sentence"]
        assert about["next"]
        assert (tmp_path / name).read_text("utf-8") == text
    assert len(sentences) == len(FILES), sentences
    assert not [
        secret
        for secret in ("ann", "pw", "TOKEN")
        if secret in str(found).replace(str(tmp_path), "")
    ]
    nexts = {each["next"] for each in found}
    assert f"remove sslVerify from line 2 of {tmp_path / '.config/git/config'}" in nexts
    assert any(each.endswith("config --user unset download.trusted-host") for each in nexts)


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
    assert strict.stdout.startswith("PROBLEM: what --strict doesn't allow: ")  # it said OK
    assert accepted.stdout.startswith("OK: ")
    assert extra.stdout.splitlines()[-1] == "extra-root"
    assert root.fingerprint in doctor(url, "--strict", "--json", env=env).stdout


def test_an_accepted_problem_does_not_fail_and_is_still_said() -> None:
    result = doctor("localhost:1", "--accept", "refused")
    assert result.code == 0
    assert result.stdout.startswith("PROBLEM: localhost port 1 refuses connections")


def test_under_a_grant_the_index_works_and_the_host_of_its_files_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    user = User(home)
    away, here = Authority("Files Root CA").issue(), Authority().issue()
    with TlsServer(away, site=Index(standard_artifacts())) as files:
        site = Index(standard_artifacts(), files=files.url("/files/"))
        with TlsServer(here, site=site) as index:
            env = {**user.environ, "PIP_INDEX_URL": index.url("/simple/")}
            index_host, files_host = (f"localhost:{each.port}" for each in (index, files))

            user.grant(index.port, away.fingerprint)  # for another certificate
            said = report(env=env)
            assert [each["about"] for each in said["findings"][:1]] == [index_host]

            user.revoke()
            user.grant(index.port, here.fingerprint)
            said = report(env=env)
            problems = [each for each in said["findings"] if each["weight"] == "problem"]
            assert [each["about"] for each in problems] == [files_host]
            assert "Files Root CA" in said["sentence"]
            off = [each for each in said["findings"] if each["cause"] == "verification-off"]
            assert len(off) == 1
            assert index_host in off[0]["sentence"]
            assert "a grant until" in off[0]["sentence"]

            user.grant(files.port, away.fingerprint)
            shown = doctor(env=env).passed().stdout
            assert "verification is switched off for some of it" in shown
    # A page is read by the way of the grant, and no file is.
    assert set(files.record.paths) == {"/"}
