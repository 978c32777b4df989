"""What a release offers: exactly these files, with exactly this in them, from one version."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from _release import desk, sbom, sdist
from _setup import environment as env
from _zipapp import pins, sums
from spip import __version__
from spip.errors import SpipError
from support import single_file
from support.lacking import lacking
from support.listed import listed
from support.project import project_wheel
from support.run import run
from support.wheelhouse import CHECKOUT

_WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
# What a source distribution leaves out: how the project is kept, not what it is made of.
_LEFT_OUT = re.compile(r"\.(ci|github)/|\.git(ignore|attributes)$")


@pytest.fixture(scope="module")
def flit_core() -> str:
    single_file.fetch()
    return pins.wheels(pins.BUILDING, str(single_file.PINNED))["flit_core"]


HAS_BILL = env.is_ready(sbom.TOOLS)


def released(folder: Path, **env: str) -> Path:
    """Make a release of this checkout as it is; without its bill where that tool isn't here."""
    single_file.fetch()
    words = ["--as-it-is", "--out", str(folder), "--wheels", str(single_file.PINNED)]
    words += [] if HAS_BILL else ["--without-bill"]
    run([sys.executable, CHECKOUT / "scripts" / "release", *words], env=env).passed()
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script makes."""
    return released(tmp_path_factory.mktemp("release"))


def test_it_offers_these_files_and_no_other(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {
        f"spip_shim-{__version__}-py3-none-any.whl",
        f"spip_shim-{__version__}.tar.gz",
        "spip.pyz",
        "spip-wheels.zip",
        *(["spip.cdx.json"] if HAS_BILL else []),
        "SHA256SUMS",
    }


# As the install page says it; Windows' command only prints.
_CHECK = {
    "linux": ["sha256sum", "--check", "--ignore-missing", "SHA256SUMS"],
    "darwin": ["shasum", "-a", "256", "--check", "--ignore-missing", "SHA256SUMS"],
}


@pytest.mark.skipif(sys.platform not in _CHECK, reason="no command of this system checks a list")
def test_the_checksums_are_checked_as_the_install_page_says(out: Path) -> None:
    command = _CHECK[sys.platform]
    assert f"`{' '.join(command)}`" in (CHECKOUT / "docs" / "install.md").read_text("utf-8")
    assert run(command, cwd=out).passed().stdout.count(": OK") == 4 + HAS_BILL


def test_the_wheel_is_the_one_in_the_zip_of_wheels(out: Path) -> None:
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(out / "spip-wheels.zip") as archive:
        assert archive.read(f"spip-wheels/{wheel.name}") == wheel.read_bytes()
    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(project_wheel()) as flits:
        assert sorted(ours.namelist()) == sorted(flits.namelist())


def test_a_release_can_be_made_again_to_the_byte(out: Path, tmp_path: Path) -> None:
    released(tmp_path / "again", TZ="Etc/GMT+5", SOURCE_DATE_EPOCH="1000000000")
    first = (out / "SHA256SUMS").read_text("ascii")
    assert (tmp_path / "again" / "SHA256SUMS").read_text("ascii") == first


def test_the_bill_of_materials_has_each_pinned_wheel_with_its_hash(out: Path) -> None:
    if not HAS_BILL:
        lacking("scripts/release was never run here, which fetches its tool", installable=False)
    bill = json.loads((out / "spip.cdx.json").read_text("utf-8"))
    listed = {
        (part["name"], part["version"], part["externalReferences"][0]["hashes"][0]["content"])
        for part in bill["components"]
    }
    assert listed == {(pin.name, pin.version, pin.sha256) for pin in pins.pins(pins.TRAVELLING)}
    root = bill["metadata"]["component"]
    assert (root["name"], root["version"]) == ("spip-shim", __version__)
    assert len(bill["dependencies"][0]["dependsOn"]) == len(listed)
    assert str(CHECKOUT) not in json.dumps(bill)


def test_the_source_distribution_holds_what_is_in_the_checkout(flit_core: str) -> None:
    ((name, data),) = sdist.made(flit_core).items()
    assert name == f"spip_shim-{__version__}.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert names == {path for path in _kept() if not _LEFT_OUT.match(path)} | {"PKG-INFO"}


def test_the_checksums_have_the_form_of_sha256sum() -> None:
    said = sums.text({"b": b"2", "a": b"1"})
    digest = hashlib.sha256(b"1").hexdigest()
    assert said.decode().splitlines()[0] == f"{digest}  a"


def test_a_tag_that_is_not_the_version_is_refused() -> None:
    desk._see_to_version(f"v{__version__}")
    with pytest.raises(SpipError, match=re.escape(__version__)):
        desk._see_to_version("v999")


def test_a_release_is_not_made_of_what_lies_about(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.setattr(env, "CHECKOUT", str(tmp_path))
    desk._see_to_cleanness()
    (tmp_path / "left").touch()
    with pytest.raises(SpipError, match="not committed"):
        desk._see_to_cleanness()


def test_the_version_stands_in_one_place() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    assert not re.search(r"^version\s*=", project, re.MULTILINE)
    assert f"{__version__}\n" in (CHECKOUT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("workflow", _WORKFLOWS, ids=lambda path: path.name)
def test_each_action_is_pinned_by_its_commit(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", comment), action
    assert "permissions:" in text
    assert "secrets." not in text  # trusted publishing needs none


def _kept() -> set[str]:
    """Return what the checkout consists of."""
    return set(listed())
