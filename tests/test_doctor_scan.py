"""`spip doctor --scan DIR`: what a project's files switch off, named and left as it is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor_world import doctor
from support.run import Result

# (file, what stands in it, what is to be named)
FILES = {
    "Dockerfile": ("RUN pip install --trusted-host a b\n", "pip: --trusted-host"),
    "docker/api.dockerfile": ("ENV PIP_TRUSTED_HOST=a\n", "pip: PIP_TRUSTED_HOST"),
    "Containerfile": ("ENV GIT_SSL_NO_VERIFY 1\n", "git: GIT_SSL_NO_VERIFY"),
    "compose.yaml": (
        'services:\n  a:\n    environment:\n      NODE_TLS_REJECT_UNAUTHORIZED: "0"\n',
        "Node: NODE_TLS_REJECT_UNAUTHORIZED",
    ),
    "docker-compose.dev.yml": ("- PYTHONHTTPSVERIFY=0\n", "Python's urllib: PYTHONHTTPSVERIFY"),
    ".github/workflows/test.yml": (
        "- run: pip install --trusted-host=a\n",
        "pip: --trusted-host",
    ),
    ".gitlab-ci.yml": ("  GIT_SSL_NO_VERIFY: true\n", "git: GIT_SSL_NO_VERIFY"),
    "azure-pipelines.yml": ("- script: curl -fsSLk https://a\n", "curl: --insecure"),
    "Jenkinsfile": ("sh 'git -c http.sslVerify=false clone x'\n", "git: http.sslVerify"),
    ".circleci/config.yml": ("- run: npm config set strict-ssl false\n", "npm: strict-ssl"),
    "Makefile": ("a:\n\tpip install -i http://mirror/simple b\n", "pip: an index over http://"),
    "tox.ini": ("[testenv]\nsetenv =\n  PIP_TRUSTED_HOST = a\n", "pip: PIP_TRUSTED_HOST"),
    "noxfile.py": ('session.install("--trusted-host", "a", "b")\n', "pip: --trusted-host"),
    "setup.py": ("requests.get(url, verify=False)\n", "Python: verify=False"),
    "build.sh": ("wget --no-check-certificate https://a\n", "wget: --no-check-certificate"),
    "empty.sh": ("export CURL_CA_BUNDLE=\n", "pip before 22.2: CURL_CA_BUNDLE"),
    ".gitlab/empty.yml": (
        "build:\n  script: CURL_CA_BUNDLE='' pip install b\n",
        "pip before 22.2: CURL_CA_BUNDLE",
    ),
    "empty/Dockerfile": ('ENV CURL_CA_BUNDLE=""\n', "pip before 22.2: CURL_CA_BUNDLE"),
    "again.sh": ("unset A; export GIT_SSL_NO_VERIFY=1\n", "git: GIT_SSL_NO_VERIFY"),
    "bin/build": ("#!/bin/sh\ncurl --insecure https://a\n", "curl: --insecure"),
    "requirements.txt": ("--trusted-host a\n", "pip: --trusted-host"),
    "requirements/dev.txt": ("--extra-index-url http://a/simple\n", "pip: an index over http://"),
    "pip.conf": ("[global]\ntrusted-host = a\n", "pip: trusted-host"),
    "package.json": ('{"scripts": {"a": "npm set strict-ssl=false"}}\n', "npm: strict-ssl"),
    ".npmrc": ("strict-ssl = false\n", "npm: strict-ssl"),
    ".yarnrc.yml": ("enableStrictSsl: false\n", "yarn: enableStrictSsl"),
    ".condarc": ("ssl_verify: false\n", "conda: ssl_verify"),
    "uv.toml": ('allow-insecure-host = ["a"]\n', "uv: allow-insecure-host"),
    "Pipfile": ("[[source]]\nverify_ssl = false\n", "pipenv or pdm: verify_ssl"),
    ".env": ("UV_INSECURE_HOST=a\n", "uv: UV_INSECURE_HOST"),
    "app/client.py": ("import requests\nrequests.get(url, verify=False)\n", "Python: verify=False"),
    "app/session.py": ("session.verify = False\n", "Python: verify=False"),
    "app/context.py": ("context.check_hostname = False\n", "Python: check_hostname=False"),
    "app/mode.py": ("context.verify_mode = ssl.CERT_NONE\n", "Python: verify_mode=CERT_NONE"),
    "app/pool.py": (
        "urllib3.PoolManager(cert_reqs='CERT_NONE')\n",
        "Python: cert_reqs=CERT_NONE",
    ),
    "app/unverified.py": (
        "ssl._create_default_https_context = ssl._create_unverified_context\n",
        "Python: _create_unverified_context",
    ),
    "app/aio.py": ("aiohttp.TCPConnector(ssl=False)\n", "Python: ssl=False"),
    "app/variable.py": (
        'os.environ["PYTHONHTTPSVERIFY"] = "0"\n',
        "Python's urllib: PYTHONHTTPSVERIFY",
    ),
    "app/run.py": ('run(["pip", "install", "--trusted-host", host])\n', "pip: --trusted-host"),
    "app/python2.py": ("print 1\nrequests.get(url, verify=False)\n", "Python: verify=False"),
    "notebook.ipynb": (
        '{"cells": [{"source": ["%pip install --trusted-host a b"]}]}\n',
        "pip: --trusted-host",
    ),
    "setup.ps1": (
        "Invoke-WebRequest -SkipCertificateCheck x\n",
        "PowerShell: -SkipCertificateCheck",
    ),
}
# What looks like it and switches nothing off.
HARMLESS = {
    "Dockerfile": "# RUN pip install --trusted-host a b\nRUN pip install --no-cache-dir b\n",
    "a.sh": "curl --key k -o k https://a\ncurl -fsSL https://a | sh\n",
    "compose.yml": 'NODE_TLS_REJECT_UNAUTHORIZED: "1"\nPYTHONHTTPSVERIFY=1\n',
    "off.sh": "unset PIP_TRUSTED_HOST GIT_SSL_NO_VERIFY X\nenv -u GIT_SSL_NO_VERIFY git pull\n",
    "bundle.sh": 'export CURL_CA_BUNDLE=/a.pem\nCURL_CA_BUNDLE = "/a" x=$CURL_CA_BUNDLE\n',
    "off.fish": "set -e GIT_SSL_NO_VERIFY; set -ge PIP_TRUSTED_HOST\n",
    ".npmrc": "strict-ssl=true\n; strict-ssl=false\n",
    "requirements.txt": "--index-url https://a/simple\ntrusted-host-checker==1.0\n",
    "tox.ini": "[testenv]\ndeps = -i http://localhost:3141/simple\n",
    "README.md": "never use --trusted-host\n",
    "app.py": """\"\"\"Never requests.get(url, verify=False) or ssl.CERT_NONE.\"\"\"
# session.verify = False
def get(url, verify=False): ...
def declare(parser): parser.add_argument("--trusted-host")
text = "verify=False and --trusted-host"
redis.Redis(ssl=False); form.clean(verify=True); os.environ["PYTHONHTTPSVERIFY"] = "1"
""",
}


def project(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def scan(folder: Path) -> tuple[Result, dict[str, Any]]:
    said = doctor("--scan", str(folder), "--json")
    told: dict[str, Any] = json.loads(said.stdout)
    return said, told


def test_each_place_is_named_by_file_line_and_kind(tmp_path: Path) -> None:
    files = {name: text for name, (text, _) in FILES.items()}
    said = doctor("--scan", str(project(tmp_path, files)))
    assert said.code == 1
    lines = said.stdout.splitlines()
    expected = {
        f"{name}:{text.rstrip().count(chr(10)) + 1}: {kind}" for name, (text, kind) in FILES.items()
    }
    assert set(lines[:-1]) == expected
    assert lines[-1].startswith(
        f"{len(FILES)} places where verification is off in {len(FILES)} files"
    )
    assert {name: (tmp_path / name).read_text("utf-8") for name in files} == files


def test_what_only_looks_like_it_is_passed_over(tmp_path: Path) -> None:
    said = doctor("--scan", str(project(tmp_path, HARMLESS))).passed()
    assert said.stdout.startswith("nothing switches verification off in 10 files of ")


def test_the_json_says_the_same(tmp_path: Path) -> None:
    project(tmp_path, {"a/Dockerfile": "\nRUN curl -k https://b\n"})
    said, told = scan(tmp_path)
    assert said.code == 1
    found = [{"file": "a/Dockerfile", "line": 2, "tool": "curl", "kind": "--insecure"}]
    assert told == {
        "schema": 1,
        "folder": str(tmp_path),
        "files": 1,
        "complete": True,
        "found": found,
        "passed_over": [],
    }


def test_no_secret_of_a_line_is_shown(tmp_path: Path) -> None:
    line = "pip install -i http://ann:pa55word@a/t0ken/simple --trusted-host a --password hush\n"
    project(tmp_path, {"build.sh": line})
    for said in (doctor("--scan", str(tmp_path)), scan(tmp_path)[0]):
        assert said.code == 1
        assert not [
            secret
            for secret in ("ann", "pa55word", "t0ken", "hush")
            if secret in said.output.replace(str(tmp_path), "")
        ]


@pytest.mark.parametrize("name", ["node_modules", ".git", ".tox", "lib/site-packages"])
def test_what_others_wrote_is_passed_over(tmp_path: Path, name: str) -> None:
    project(tmp_path, {f"{name}/x/Dockerfile": "RUN curl -k https://a\n"})
    doctor("--scan", str(tmp_path)).passed()


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_are_passed_over_by_what_they_are(tmp_path: Path, mark: str) -> None:
    project(tmp_path, {f"my env/{mark}": "", "my env/bin/activate.sh": "curl -k https://a\n"})
    doctor("--scan", str(tmp_path)).passed()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_leave_the_folder_are_passed_over(tmp_path: Path) -> None:
    outside = project(tmp_path / "outside", {"Dockerfile": "RUN curl -k https://a\n"})
    inside = project(tmp_path / "inside", {"docker/prod": "RUN curl -k https://a\n"})
    (inside / "Dockerfile").symlink_to(outside / "Dockerfile")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "Containerfile").symlink_to("docker/prod")
    _, told = scan(inside)
    assert [each["file"] for each in told["found"]] == ["Containerfile"]
    assert [each["file"] for each in told["passed_over"]] == ["Dockerfile"]


@pytest.mark.skipif(sys.platform == "win32", reason="such names can't be made there")
def test_hostile_names_are_printed_safely(tmp_path: Path) -> None:
    name = "a\nFAKE:1: pip: x\x1b]0;title\x07\u202eoo.sh"
    (tmp_path / name).write_text("curl -k https://a\n")
    raw = os.path.join(os.fsencode(tmp_path), b"\xff\xfe.sh")
    with open(raw, "wb") as file:
        file.write(b"curl -k https://a\n")
    said = doctor("--scan", str(tmp_path))
    assert said.code == 1
    assert len(said.stdout.splitlines()) == 3
    assert not [letter for letter in said.stdout if letter < " " and letter != "\n"]
    assert "\u202e" not in said.stdout


def test_big_files_and_binaries_are_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "big.sh").write_bytes(b"curl -k https://a\n" * 300_000)
    (tmp_path / "binary.sh").write_bytes(b"#!/bin/sh\0\0\ncurl -k https://a\n")
    said, told = scan(tmp_path)
    assert told["found"] == []
    assert [each["file"] for each in told["passed_over"]] == ["big.sh"]
    assert said.code == 0


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.ps1").write_bytes("$env:PIP_TRUSTED_HOST = 'a'\r\n".encode("utf-16"))
    assert scan(tmp_path)[1]["found"][0]["kind"] == "PIP_TRUSTED_HOST"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs root's mkfifo")
def test_a_pipe_does_not_stop_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Makefile")
    doctor("--scan", str(tmp_path)).passed()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    said = doctor("--scan", str(tmp_path / "none"))
    assert (said.code, said.stdout) == (2, "")
    assert "is no folder" in said.stderr
