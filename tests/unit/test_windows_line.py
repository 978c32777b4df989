"""Lines for Windows' shells, taken apart again as a program does there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spip import windows_line

PROGRAM = r"C:\Program Files\한글\spip.exe"


@pytest.mark.parametrize("shell", ["cmd", "powershell", "bash"])
def test_plain_words_are_left_alone(shell: str) -> None:
    words = ["py", "-3.13", "-m", "spip", "trust", "remove", "0a1b"]
    assert windows_line.joined(words, shell) == "py -3.13 -m spip trust remove 0a1b"


def test_a_program_with_a_blank_is_run_and_not_printed() -> None:
    """PowerShell takes a quoted word at the beginning for a text, cmd a `&` there for an error."""
    words = [PROGRAM, "trust", "add", "a b.pem"]
    assert windows_line.joined(words, "powershell") == f"& '{PROGRAM}' trust add 'a b.pem'"
    assert windows_line.joined(words, "cmd") == f'"{PROGRAM}" trust add "a b.pem"'
    assert windows_line.joined(words, "bash") == f"'{PROGRAM}' trust add 'a b.pem'"


def test_what_ends_a_command_is_quoted() -> None:
    words = ["spip", "doctor", "https://index.corp.example/?a=1&b=2|c"]
    said = windows_line.joined(words, "cmd")
    assert said == 'spip doctor "https://index.corp.example/?a=1&b=2|c"'
    said = windows_line.joined(words, "powershell")
    assert said == "spip doctor 'https://index.corp.example/?a=1&b=2|c'"


def test_a_variable_in_a_word_stays_a_word() -> None:
    assert windows_line.joined(["spip", "50%PATH%"], "cmd") == 'spip "50"^%"PATH"^%""'
    assert windows_line.joined(["spip", "$Env:PATH"], "powershell") == "spip '$Env:PATH'"


def test_a_path_without_blanks_needs_quotes_in_bash_alone() -> None:
    words = [r"C:\spip.exe", "list"]
    assert windows_line.joined(words, "cmd") == r"C:\spip.exe list"
    assert windows_line.joined(words, "powershell") == r"C:\spip.exe list"
    assert windows_line.joined(words, "bash") == r"'C:\spip.exe' list"


def taken_apart(line: str) -> list[str]:
    """What CommandLineToArgvW makes of a line, once cmd has taken its carets."""
    words: list[str] = []
    word, quoted, at, begun = "", False, 0, False
    while at < len(line):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        if line[at : at + 1] == "\\" and line[at + slashes : at + slashes + 1] == '"':
            word += "\\" * (slashes // 2)
            at += slashes
            if slashes % 2:
                word, at = word + '"', at + 1
            begun = True
        elif line[at] == '"':
            quoted, begun, at = not quoted, True, at + 1
        elif line[at] == "^" and not quoted:
            word, begun, at = word + line[at + 1 : at + 2], True, at + 2
        elif line[at] == " " and not quoted:
            words, word, begun, at = [*words, word] if begun else words, "", False, at + 1
        else:
            word, begun, at = word + line[at], True, at + 1
    return [*words, word] if begun else words


@given(st.lists(st.text(st.sampled_from("aZ1 %&|<>()\\\"'^!$`한;,=-"), max_size=8), min_size=1))
def test_a_program_gets_each_word_back(words: list[str]) -> None:
    assert taken_apart(windows_line.joined(words, "cmd")) == words
