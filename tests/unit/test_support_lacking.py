"""A test whose own program isn't there is skipped by its name; spip has no such excuse."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spip import target
from support.lacking import missing_program
from support.run import run

NAME = "no-such-program-anywhere"


def error_of(action: Callable[[], object]) -> FileNotFoundError:
    with pytest.raises(FileNotFoundError) as caught:
        action()
    return caught.value


def test_a_program_that_a_test_starts_by_name_is_told_from_a_file(tmp_path: Path) -> None:
    assert missing_program(error_of(lambda: run([NAME])))
    assert missing_program(error_of(lambda: subprocess.run([NAME], check=True)))
    assert not missing_program(error_of(lambda: run([tmp_path / NAME])))
    assert not missing_program(error_of((tmp_path / NAME).read_bytes))
    assert not missing_program(error_of(Path(NAME).read_bytes))


def test_what_spip_starts_is_no_excuse() -> None:
    code = compile(
        f"import subprocess\nsubprocess.run([{NAME!r}], check=True)", target.__file__, "exec"
    )
    assert not missing_program(error_of(lambda: exec(code, {})))  # noqa: S102  # spip's, as it looks
