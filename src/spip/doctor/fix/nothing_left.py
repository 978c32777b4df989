"""An alias or a function that, without the options that go, would only call pip: it goes whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spip.doctor.fix.hack import without
from spip.doctor.fix.lines import statement

if TYPE_CHECKING:
    from spip.doctor.fix.hack import Cut
    from spip.doctor.fix.lines import Line

_NAME = r"(?P<name>pip[\d.]*)"
_SELF = r"(?:(?:command|env|builtin)[ \t]+|\\+|\^|&[ \t]*)?(?P=name)(?:\.exe)?"
_ARGUMENTS = (
    r'(?:[ \t]+(?:"\$@"|"\$\{@\}"|\$@|\$\*|\$argv|[$@]args|\\!\*|\\!:\*|\.\.\.\$\w+|"\\!\*"))*'
)
_QUOTED = rf'"?{_NAME}"?'
_FLAGS = r"(?:-[\w-]*[ \t]+)*"
_CALL = _SELF + _ARGUMENTS
_END = r"[ \t]*;?[ \t]*(?:#[^\n]*)?\r?$"
_SHELLS = (  # sh, fish, csh and Nushell; sh and PowerShell; fish; Nushell; xonsh; cmd
    rf"alias[ \t]+{_FLAGS}{_NAME}(?:[ \t]*=[ \t]*|[ \t]+)(?P<q>['\"]?){_CALL}[ \t]*(?P=q)",
    rf"(?:function[ \t]+)?{_NAME}[ \t]*(?:\([ \t]*\))?\s*\{{\s*{_CALL}\s*;?\s*\}}",
    rf"function[ \t]+{_NAME}[^\n;]*[\n;]\s*{_CALL}[ \t]*\r?[\n;]\s*end",
    rf"(?:export[ \t]+)?def[ \t]+{_FLAGS}{_QUOTED}[ \t]*\[[^\]]*\][ \t]*\{{\s*{_CALL}\s*\}}",
    rf"aliases\[['\"]{_NAME}['\"]\]\s*=\s*\[?\s*(?P<q>['\"]){_CALL}(?P=q)[ \t]*,?[ \t]*\]?",
    rf"@?(?:doskey[ \t]+)?{_NAME}=[ \t]*{_CALL}",
)
_FORMS = tuple(re.compile(rf"^[ \t]*{form}{_END}", re.MULTILINE) for form in _SHELLS)


def whole(line: Line, cuts: list[Cut]) -> Cut | None:
    """The cut that takes the whole of it, or None where something else would be left."""
    if "\n" in line.code.strip() and not cuts:
        return None
    after = without(line.text, cuts)
    place = min(cut.start for cut in cuts)
    gone = len(line.text) - len(after)
    for form in _FORMS:
        for found in form.finditer(after):
            if found.start() <= place <= found.end():
                start = found.start() + len(found.group()) - len(found.group().lstrip(" \t"))
                return statement(line, start, found.end() + gone)
    return None
