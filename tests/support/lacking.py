"""What happens to a test where the machine lacks something: a skip with its reason, never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import traceback
from pathlib import Path
from typing import NoReturn

import pytest

_TESTS = Path(__file__).resolve().parent.parent
_SOURCE = _TESTS.parent / "src"


class LackingError(LookupError):
    """Something that this machine lacks; a test that meets it ends by `lacking` (conftest)."""

    def __init__(self, reason: str, *, installable: bool = True) -> None:
        super().__init__(reason)
        self.installable = installable


def missing_program(error: FileNotFoundError) -> bool:
    """Whether a test itself started a program by its name, and there is none.

    Where spip did, that is spip's fault: it has to do without.
    """
    frames = traceback.extract_tb(error.__traceback__)
    started = [frame for frame in frames if _is_ours(frame)]
    if not started or frames[-1].filename != subprocess.__file__:
        return False
    name = os.fsdecode(error.filename or "")
    by_a_test = _TESTS in Path(started[-1].filename).parents
    return by_a_test and os.path.basename(name) == name and not shutil.which(name)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return any(folder in Path(frame.filename).parents for folder in (_TESTS, _SOURCE))


def in_ci() -> bool:
    """Whether what CI installs has to be there."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def is_guides_job() -> bool:
    """Whether this is the job of CI that installs what the guides take: Ansible, buildah, rsyslog.

    The other jobs run these tests as well, as far as their machines have that.
    """
    return os.environ.get("SPIP_TEST_GUIDES", "") == "true"


def conceded(thing: str) -> bool:
    """Whether SPIP_TEST_WITHOUT ("2.7,3.6,PowerShell") says that a runner can't have this."""
    return thing in os.environ.get("SPIP_TEST_WITHOUT", "").split(",")


def lacking(reason: str, *, installable: bool = True) -> NoReturn:
    """Skip the running test; where CI could have installed the thing, fail it there."""
    if installable and in_ci():
        pytest.fail(f"CI lacks what it should have: {reason}", pytrace=False)
    pytest.skip(reason)
