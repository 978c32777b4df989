"""A child's exit code is ours, to the bit."""

from __future__ import annotations

import signal

import pytest

from spip import foreground


@pytest.mark.parametrize(
    ("of_child", "given"),
    [
        (0, 0),
        (1, 1),
        (0x7FFFFFFF, 0x7FFFFFFF),
        (0x80000000, -0x80000000),
        (0xC0000005, 0xC0000005 - (1 << 32)),
        (0xFFFFFFFF, -1),
        (-signal.SIGTERM, -signal.SIGTERM),
    ],
)
def test_sys_exit_can_take_it(of_child: int, given: int) -> None:
    """Each code from 2^31 up became 0xFFFFFFFF, whatever had crashed."""
    assert foreground.exit_code(of_child) == given
    assert -(1 << 31) <= given < 1 << 31
