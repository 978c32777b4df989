"""Find each setting on this machine that switches verification off, in any file that is known."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from spip import data
from spip.diagnosis.findings import SPIP
from spip.environment import installed_certifi
from spip.environment.installed_certifi import find_copies
from spip.environment.other_tools import expand_home
from spip.environment.pip_settings import unset_words
from spip.errors import SpipError
from spip.files import decoded, read
from spip.relaxations import pip_config, shell_lines
from spip.relaxations.relaxation import ADDED, BUNDLE, HTTP, OFF, Relaxation, TextEdit, digest
from spip.relaxations.shell_lines import code_lines, statement_edit
from spip.relaxations.shell_variables import find_assignments
from spip.relaxations.startup_files import LONGEST, expand_path, shell_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spip.environment.target_facts import Pip
    from spip.relaxations.shell_variables import Assignment
    from spip.relaxations.startup_files import ShellFile


def appended_certificates(pip: Pip) -> Iterator[tuple[str, list[Relaxation]]]:
    """Yield (path, what is there) of each certifi that goes on behind its genuine end."""
    for copy in find_copies(os.path.dirname(os.path.realpath(pip.path))):
        if copy.is_edited and copy.end > 0:
            line = copy.content.count(b"\n", 0, copy.end) + 1
            cut = TextEdit(copy.end, len(copy.content))
            setting = f"certificates added to {copy.package}'s certifi"
            yield copy.path, [Relaxation(copy.path, line, "pip", setting, (cut,), ADDED)]


# Of pip's settings: those that name where packages come from.
_URLS = ("index-url", "extra-index-url", "find-links", "index")


def find_relaxations(pip: Pip | None, environ: Mapping[str, str]) -> list[Relaxation]:
    """Return all of them: shells' files, pip's own, other tools', a certifi."""
    return [
        relaxation
        for text, some in _relaxations_by_file(pip, environ)
        for relaxation in _with_digest(text, some)
    ]


def _relaxations_by_file(
    pip: Pip | None, environ: Mapping[str, str]
) -> Iterator[tuple[str, Iterable[Relaxation]]]:
    """Yield the text of each file, and what was found in it."""
    for file in shell_files(environ):
        text = read_text(file.path)
        yield text, _of_shell(file, text, environ)
    for path, kind in {file: kind for *_, file, kind in pip.settings}.items() if pip else ():
        text = read_text(path)
        yield text, _of_pip(path, kind, text, environ)
    for entry in data.table("relaxations")["file"]:
        path = os.path.normpath(expand_home(entry["path"], environ))
        text = read_text(path) if os.path.isabs(path) else ""
        yield text, _of_tool(path, text, entry)
    for path, relaxations in appended_certificates(pip) if pip else ():
        yield read_text(path, installed_certifi.LONGEST), relaxations


def _with_digest(text: str, relaxations: Iterable[Relaxation]) -> Iterator[Relaxation]:
    found = list(relaxations)
    seen = digest(text) if found else ""
    yield from (replace(relaxation, seen=seen) for relaxation in found)


def read_text(path: str, longest: int = LONGEST) -> str:
    """A file as text whose ASCII can be read; "" where it is none, or too long."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > longest:
            return ""
        return decoded(read(path) or b"")[0]
    except (SpipError, OSError, UnicodeError):
        return ""


def _of_shell(file: ShellFile, text: str, environ: Mapping[str, str]) -> Iterator[Relaxation]:
    yield from shell_lines.option_relaxations(file.path, text, file.syntax, file.shell)
    for line in code_lines(text, file.syntax):
        for entry in data.table("relaxations")["command"]:
            for match in re.compile(entry["pattern"]).finditer(text, line.start, line.end):
                end = match.start() + len(match.group().rstrip())
                cut = statement_edit(line, match.start(), end)
                number = line.number_at(match.start())
                yield Relaxation(file.path, number, entry["tool"], entry["setting"], (cut,))
    for each in find_assignments(text, file.syntax, _names()):
        yield from _of_variable(file, each, text, environ)


def _names() -> tuple[str, ...]:
    tables = data.table("relaxations")
    urls = tuple(f"PIP_{key.upper().replace('-', '_')}" for key in _URLS)
    switches = tuple(entry["name"] for entry in tables["variable"])
    names = ("PIP_TRUSTED_HOST", *switches, *urls, *tables["bundle"]["variables"])
    return tuple(dict.fromkeys(names))


def _of_variable(
    file: ShellFile, each: Assignment, text: str, environ: Mapping[str, str]
) -> Iterator[Relaxation]:
    tables = data.table("relaxations")
    if each.name == "PIP_TRUSTED_HOST" and each.value:
        hosts = () if "$" in each.value else tuple(each.value.split())
        yield Relaxation(file.path, each.line, "pip", each.name, each.cuts, OFF, hosts, file.shell)
    for entry in tables["variable"]:
        value = each.value.lower()
        if entry["name"] == each.name and value in entry.get("off", [value or "?"]):
            yield Relaxation(file.path, each.line, entry["tool"], each.name, each.cuts)
    if each.name in tables["bundle"]["variables"] and (gone := _missing_path(each.value, environ)):
        yield Relaxation(file.path, each.line, "", each.name, each.cuts, BUNDLE, values=(gone,))
    if each.name.startswith("PIP_"):
        yield from _over_http(file.path, each.name, text, each.at, each.line)


def _missing_path(value: str, environ: Mapping[str, str]) -> str:
    """What a value names and that isn't there; "" where a part of it is, or can't be told.

    OpenSSL takes several folders in SSL_CERT_DIR; one that is gone does no harm beside another.
    """
    parts = (value, *filter(None, split_folders(value)))
    paths = [expand_path(each, environ) for each in parts]
    gone = all(os.path.isabs(path) and not os.path.lexists(path) for path in paths)
    return paths[0] if gone else ""


def split_folders(value: str, separator: str = os.pathsep) -> list[str]:
    r"""Several folders of one value, as the shells and the programs of this system write them.

    On Windows a POSIX shell's file has colons between them, where one may also follow the letter
    of a drive (`/a:/b`, `C:\a;D:\b`).
    """
    if separator == ":":
        return value.split(separator)
    return re.split(r";|(?<![;:][A-Za-z])(?<!^[A-Za-z]):|:(?![\\/])", value)


def _of_pip(path: str, kind: str, text: str, environ: Mapping[str, str]) -> Iterator[Relaxation]:
    for each in pip_config.parse_options(text):
        setting = f"{each.key} in [{each.section}]"
        words = unset_words(each.section, each.key, kind)
        remedy = " ".join([SPIP, "config", *words]) if words else ""
        if each.key == "trusted-host" and each.value:
            hosts = tuple(each.value.split())
            yield Relaxation(path, each.line, "pip", setting, each.cuts, OFF, hosts, remedy=remedy)
        elif each.key == "cert" and (gone := _missing_path(each.value, environ)):
            yield Relaxation(path, each.line, "pip", setting, each.cuts, BUNDLE, values=(gone,))
        elif each.key in _URLS:
            span = (each.spans[0][0], each.spans[-1][1])
            for relaxation in _over_http(path, setting, text, span, each.line):
                yield replace(relaxation, remedy=remedy)


def _over_http(
    path: str, setting: str, text: str, span: tuple[int, int], line: int
) -> Iterator[Relaxation]:
    for match in re.compile(r"\bhttp://([^\s\"'#]+)", re.IGNORECASE).finditer(text, *span):
        cut = TextEdit(match.start(), match.start() + len("http"), "https")
        number = line + text.count("\n", span[0], match.start())
        yield Relaxation(path, number, "pip", setting, (cut,), HTTP, values=(match.group(),))


def _of_tool(path: str, text: str, entry: Mapping[str, str]) -> Iterator[Relaxation]:
    for match in re.finditer(entry["pattern"], text, re.MULTILINE | re.IGNORECASE):
        start, end = match.span("cut") if "cut" in match.groupdict() else match.span()
        head, tail = text.rfind("\n", 0, start) + 1, text.find("\n", end) + 1 or len(text)
        rest = text[end:tail].strip()
        alone = not text[head:start].strip() and (not rest or rest[0] in "#;")
        number = text.count("\n", 0, start) + 1
        cut = TextEdit(head, tail) if alone else TextEdit(start, end)
        remedy = entry["remedy"].replace("{path}", path).replace("{line}", str(number))
        yield Relaxation(path, number, entry["tool"], entry["setting"], (cut,), remedy=remedy)
