"""What happens to a test where the machine lacks something: a skip with its reason, never in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


class LackingError(LookupError):
    """Something that this machine lacks; a test that meets it ends by `lacking` (conftest)."""

    def __init__(self, reason: str, *, installable: bool = True) -> None:
        super().__init__(reason)
        self.installable = installable


def in_ci() -> bool:
    """Whether what CI installs has to be there."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def is_guides_job() -> bool:
    """Whether this is the job of CI that installs what the guides take: Ansible, buildah, rsyslog.

    The other jobs run these tests as well, as far as their machines have that.
    """
    return os.environ.get("SPIP_TEST_GUIDES", "") == "true"


def conceded(python: str) -> bool:
    """Whether SPIP_TEST_WITHOUT ("2.7,3.6") says that a runner can't have this Python."""
    return python in os.environ.get("SPIP_TEST_WITHOUT", "").split(",")


def lacking(reason: str, *, installable: bool = True) -> NoReturn:
    """Skip the running test; where CI could have installed the thing, fail it there."""
    if installable and in_ci():
        pytest.fail(f"CI lacks what it should have: {reason}", pytrace=False)
    pytest.skip(reason)
