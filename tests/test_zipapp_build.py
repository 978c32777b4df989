"""`scripts/build_zipapp`: the same bytes anywhere, from nothing but what is pinned."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from spip import handover
from support import single_file
from support.checkout import copied
from support.environments import Environment, environment
from support.interpreters import interpreters
from support.lacking import lacking
from support.run import run
from support.wheelhouse import CHECKOUT, requirements

NAMES = ("spip.pyz", "spip-wheels.zip")


@pytest.fixture(scope="module")
def out() -> Path:
    """What the script makes of this checkout."""
    return single_file.built()


def test_it_prints_path_size_and_hash(out: Path) -> None:
    said = (out / "said").read_text("utf-8")
    for name in NAMES:
        data = (out / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        assert f"{out / name}\n  {len(data):,} bytes\n  SHA-256 {digest}\n" in said
        assert f"{digest}  {name}\n" in (out / "SHA256SUMS").read_text("ascii")


def test_two_builds_in_two_folders_give_the_same_bytes(out: Path, tmp_path: Path) -> None:
    pythons = list(interpreters().values())
    newer = [each for each in pythons if tuple(map(int, each.minor.split("."))) >= (3, 10)]
    for number, python in enumerate((newer[0], newer[-1])):
        checkout = copied(tmp_path / f"a checkout {number}").folder
        made = tmp_path / f"made {number}"
        zone = {"TZ": f"Etc/GMT+{number}", "SOURCE_DATE_EPOCH": str(number * 10**9)}
        single_file.build(checkout, made, python.path, **zone).passed()
        for name in NAMES:
            assert (made / name).read_bytes() == (out / name).read_bytes(), name


def test_the_single_file_is_small_and_pure(out: Path) -> None:
    assert (out / "spip.pyz").stat().st_size < 6_500_000
    with zipfile.ZipFile(out / "spip.pyz") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert names == sorted(names)
    assert not [name for name in names if ".dist-info/" in name or name.endswith((".pyc", ".so"))]
    assert {name.partition("/")[0] for name in names if name.endswith(".py")} == {
        "__main__.py",
        "certifi",
        "platformdirs",
        "spip",
        "tomli",
        "truststore",
    }


def test_every_wheel_in_it_is_the_one_that_was_pinned(out: Path) -> None:
    pinned = (CHECKOUT / "scripts" / "_zipapp" / "requirements.txt").read_text("utf-8")
    for name in NAMES:
        with zipfile.ZipFile(out / name) as archive:
            wheels = [each for each in archive.namelist() if each.endswith(".whl")]
            others = [each for each in wheels if "spip_shim" not in each]
            assert len(others) >= 7
            for wheel in others:
                assert hashlib.sha256(archive.read(wheel)).hexdigest() in pinned, wheel


def test_all_that_spip_requires_is_pinned() -> None:
    pinned = (CHECKOUT / "scripts" / "_zipapp" / "requirements.txt").read_text("utf-8")
    for requirement in ["pip", *requirements()]:
        name = re.split(r"[^\w-]", requirement)[0]
        assert re.search(rf"^{re.escape(name)}==", pinned, re.MULTILINE), name


def test_it_knows_what_its_own_pip_needs(out: Path) -> None:
    with zipfile.ZipFile(out / "spip-wheels.zip") as archive:
        (name,) = (each for each in archive.namelist() if "/pip-" in each)
        with archive.open(name) as file, zipfile.ZipFile(file) as wheel:
            (metadata,) = (each for each in wheel.namelist() if each.endswith("/METADATA"))
            needs = re.search(rb"Requires-Python: >=([\d.]+)", wheel.read(metadata))
    assert needs
    assert tuple(map(int, needs[1].split(b"."))) == handover._OWN_PIP_NEEDS


def test_a_wheel_with_another_hash_is_none(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    shutil.copytree(single_file.PINNED, wheels)
    certifi = next(wheels.glob("certifi-*.whl"))
    certifi.write_bytes(certifi.read_bytes() + b"\0")
    checkout = copied(tmp_path / "checkout")
    argv = checkout.argv("--out", str(tmp_path), "--wheels", str(wheels))
    argv[1] = str(checkout.folder / "scripts" / "build_zipapp")
    result = run(argv, env={**checkout.environ, "PIP_FIND_LINKS": str(wheels)}).failed()
    assert not list(tmp_path.glob("*.pyz"))
    assert "spip: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture(params=["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Environment:
    """An environment with the newest pip, for a test to install into."""
    if request.param not in interpreters():
        lacking(f"no CPython {request.param}", installable=request.param < "3.14")
    return environment(request.param, "26.3").copy(tmp_path / "bare")


def test_the_zip_of_wheels_is_all_that_an_offline_machine_needs(
    out: Path, bare: Environment, tmp_path: Path
) -> None:
    with zipfile.ZipFile(out / "spip-wheels.zip") as archive:
        archive.extractall(tmp_path)
    how = ["install", "--no-index", "--find-links", str(tmp_path / "spip-wheels"), "spip-shim"]
    run(bare.pip(*how), env={"PIP_COMPILE": "0"}).passed()
    assert run(bare.pip("check")).passed().stdout
    assert run(bare.spip("--version")).passed().stdout.startswith("pip 26.3")
