"""A command at a terminal ends: by itself, or by the test's patience."""

from __future__ import annotations

import os
import sys

import pytest

from support.run import clean_environment
from support.terminal import at_terminal

if sys.platform == "win32":
    pytest.skip("a terminal as POSIX has it", allow_module_level=True)

ENVIRON = clean_environment("/nonexistent")


def test_lines_are_typed_and_the_exit_code_is_told() -> None:
    echo = "import os; print(input(), input(), os.get_terminal_size().columns); exit(3)"
    code, said = at_terminal([sys.executable, "-c", echo], ENVIRON, "a", "b", columns=77)
    assert code == 3
    assert said.splitlines()[-1] == "a b 77"


def test_a_command_that_says_nothing_more_is_not_waited_for_for_ever() -> None:
    """The deadline once was looked at between two reads only, the last of which never returned."""
    waits = "echo $$; exec sleep 600"
    with pytest.raises(AssertionError, match="it still ran") as raised:
        at_terminal(["/bin/sh", "-c", waits], ENVIRON, patience=3)
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(raised.value).split("it still ran: ")[1].split()[0]), 0)
