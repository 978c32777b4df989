"""Pages in a terminal: wrapped at its width, commands on lines of their own that can be pasted."""

from __future__ import annotations

import contextlib
import io
import os
import re
from typing import TYPE_CHECKING, TextIO

from spip.commands.explain import find
from spip.data.pages import causes, pages
from spip.errors import SpipError
from spip.invocation import command_line, joined, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Markdown

_WIDTH = 80  # where nobody says how wide the output is
_MOST = 3  # pages named for one error text
_FOLDERS = ("causes/", "", "guides/", "integrations/")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_RECORDED = re.compile(r"<!-- recorded words -->.*?<!-- /recorded words -->\n*", re.DOTALL)
_LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<target>[^)\s]+)\)")
_OWN = re.compile(r"`spip (?=[a-z-])")
_DRAWN = "\u2022\u258c\u2500"  # what rich marks items, quotes and the heads of tables with
_DRAWN_PLAINLY = str.maketrans(_DRAWN, "*>-")
_ROW = re.compile(r"^\| \[([\w-]+)\]\((?:\.\./)?causes/\1\.md\) \| (.+?) \|", re.MULTILINE)


def named(name: str, language: str) -> str | None:
    """Return the page of that name, in that language if there is one; None if there is no page."""
    path = name.removeprefix("docs/").removesuffix(".md")
    known = pages()
    for folder in _FOLDERS:
        for each in (f"{language}/{folder}{path}", f"{folder}{path}"):
            if each in known:
                return known[each]
    return None


def answer(text: str, language: str, stream: TextIO) -> None:
    """Print the page that fits an error text best, and name the next. Raises SpipError if none."""
    known = causes()
    found = find.rank(text, known)[:_MOST]
    if not found:
        raise SpipError("no page has these words", command_line("explain"))
    if len(found) > 1:
        console = _console(stream)
        with _printing(console, stream):
            console.print("Pages that fit, the best first:")
            console.print(_table((name, _title(known[name])) for name in found))
            console.print()
    page(named(found[0], language) or known[found[0]], stream)


def page(text: str, stream: TextIO) -> None:
    """Print one page; a schema as it is."""
    if text.startswith("{"):
        stream.write(text)
        return
    console = _console(stream)
    with _printing(console, stream):
        console.print(_markdown(_prepared(text)), crop=False)


def listing(language: str, stream: TextIO) -> None:
    """Print each cause with what it means, then the names of the other pages."""
    known = pages()
    meanings = dict(_ROW.findall(known.get(f"{language}/index", "")))
    ordered = sorted(causes().items(), key=lambda cause: (find.place(cause[0]), cause[0]))
    rows = [(name, _plain(meanings.get(name) or _title(text))) for name, text in ordered]
    others = [path for path in known if not path.startswith("causes/") and path[2:3] != "/"]
    console = _console(stream)
    with _printing(console, stream):
        console.print(_table(rows))
        console.print(f"\nOther pages: {', '.join(others)}")


def _prepared(text: str) -> str:
    text = _COMMENT.sub("", _RECORDED.sub("", text))
    text = _LINK.sub(_words, text)
    return _OWN.sub(lambda _: f"`{joined(started())} ", text)


def _words(link: re.Match[str]) -> str:
    outside = link["target"].startswith(("http://", "https://"))
    return f"{link['words']} ({link['target']})" if outside else link["words"]


def _title(text: str) -> str:
    return _plain(_COMMENT.sub("", text).splitlines()[0].removeprefix("# "))


def _plain(text: str) -> str:
    return text.replace("`", "").replace("&#124;", "|")


def _table(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(Text(f"  {name}", style="bold"), Text(words))
    return table


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    if isinstance(stream, io.TextIOWrapper):
        with contextlib.suppress(ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


@contextlib.contextmanager
def _printing(console: Console, stream: TextIO) -> Iterator[None]:
    """Write what is printed meanwhile, without the blanks that fill lines up."""
    with console.capture() as printed:
        yield
    text = "".join(f"{line.rstrip()}\n" for line in printed.get().splitlines())
    stream.write(text if _is_shown(_DRAWN, stream) else text.translate(_DRAWN_PLAINLY))


def _is_shown(text: str, stream: TextIO) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _markdown(text: str) -> Markdown:
    """Return the text as rich shows Markdown, but with plain headings and whole commands."""
    from rich import markdown
    from rich.text import Text

    class Heading(markdown.Heading):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            del console, options
            self.text.justify = "left"
            yield Text("") if self.tag != "h1" else Text("", end="")
            self.text.stylize("bold")
            yield self.text

    class Command(markdown.CodeBlock):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            del console, options
            for line in str(self.text).rstrip().splitlines():
                yield Text(f"    {line}", no_wrap=True, overflow="ignore")

    class Page(markdown.Markdown):
        elements = {  # noqa: RUF012  # rich declares it so
            **markdown.Markdown.elements,
            "heading_open": Heading,
            "fence": Command,
            "code_block": Command,
        }

    return Page(text, hyperlinks=False)
