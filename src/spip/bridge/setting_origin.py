"""Where one of pip's settings was made: the command line, a variable, or a line of a file.

pip forgets it while it reads them, so its own configuration is asked again.
"""

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

# An option's long names, as it is written in a file too, and its short one.
TRUSTED_HOST = ("trusted-host",)
INDEX_URL = ("index-url", "pypi-url", "-i")
EXTRA_INDEX_URL = ("extra-index-url",)
FIND_LINKS = ("find-links", "-f")
CERT = ("cert",)
PROXY = ("proxy",)
_LARGEST = 1 << 20  # bytes of a configuration file that are looked through


class SettingOrigin:
    """`kind` is "command line", "variable" or "file"; `shown` names it to people."""

    def __init__(self, kind: str, shown: str) -> None:
        self.kind = kind
        self.shown = shown


def setting_origin_of(
    names: "Sequence[str]",
    value: str,
    arguments: "Sequence[str]",
    environ: "Mapping[str, str]",
    files: "Sequence[str]",
) -> SettingOrigin:
    """Say where `value` was given to the option of these names.

    What beats the others comes first, as in pip; `files` are the configuration's, the last one
    beats. A value that is nowhere is the command line's, as the responsible one.
    """
    if value not in _on_command_line(names, arguments):
        for name in names:
            variable = "PIP_" + name.upper().replace("-", "_")
            named = environ.get(variable, "")
            if value == named or value in named.split():
                return SettingOrigin("variable", variable)
        found = in_files(names, value, files)
        if found:
            return SettingOrigin("file", found)
    return SettingOrigin("command line", "--" + names[0])


def in_files(names: "Sequence[str]", value: str, files: "Sequence[str]") -> str:
    """The file and the line that give `value` to the option, as "FILE:LINE"; "" where none does."""
    for path in reversed(files):
        line = _line(path, names, value)
        if line:
            return "%s:%d" % (path, line)
    return ""


def _on_command_line(names: "Sequence[str]", arguments: "Sequence[str]") -> "List[str]":
    """Values of the option; optparse takes any abbreviation, so a few of others' come along."""
    found = []
    for position, word in enumerate(arguments):
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        option, equals, value = word.partition("=")
        if option.startswith("--") and len(option) > 3:
            if any(name.startswith(option[2:]) for name in names):
                found.append(value if equals else following)
        elif word[:2] in names:
            found.append(word[2:] or following)
    return found


def _line(path: str, names: "Sequence[str]", value: str) -> int:
    """The number of the line that has the value, 0 for none; it may stand below the name's."""
    setting = re.compile(r"\s*(?:--)?([\w-]+)\s*[=:]\s*(.*)")
    inside = False
    for number, line in enumerate(_lines(path), 1):
        found = setting.match(line) if line[:1].strip() or not inside else None
        if found:
            inside = found.group(1).lower().replace("_", "-") in names
        text = (found.group(2) if found else line).strip()
        if inside and (value in text.split() or value in (text, os.path.expanduser(text))):
            return number
    return 0


def _lines(path: str) -> "List[str]":
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def configuration_files(*, isolated: bool) -> "List[str]":
    """The files that pip's own configuration comes from, the last one beats."""
    from pip._internal.configuration import Configuration

    configuration = Configuration(isolated=isolated)
    configuration.load()
    found = configuration._parsers.values()
    return [path for parsers in found for path, _ in parsers if os.path.exists(path)]
