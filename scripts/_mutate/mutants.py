"""From a module's text to its mutants: the same text with one decision changed.

What decides is mutated: conditions, comparisons, limits, flags, members of tables, statements that
check, raise or switch something off. Wording is not: no behaviour hangs on it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# How each comparison is written, and its opposite or its neighbour.
_SIGNS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_CALLED = {"min": "max", "max": "min", "all": "any", "any": "all"}
_NEUTRAL_METHODS = frozenset({"lower", "upper", "strip", "casefold"})
# What only another operating system or another Python runs: no test here can tell.
_PLATFORM = ("sys.platform", "os.name", "sys.version_info", "TYPE_CHECKING", "getattr(os, ")


@dataclass(frozen=True)
class Mutant:
    """One change. `function`: where, "" for the module's own level; `lines`: what must have run."""

    function: str
    before: str
    after: str
    lines: tuple[int, int]
    names: tuple[str, ...]  # module's level: the names whose use tests it
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others, wherever its module is moved to."""
        return self.function, self.before, self.after


def mutants(text: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    found = _Reader(text)
    found.visit_body(ast.parse(text).body, (), ())
    return list({each.key: each for each in found.mutants}.values())


class _Reader:
    def __init__(self, text: str) -> None:
        self.raw = text.encode()
        starts = [0]
        for line in self.raw.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self.starts = starts
        self.mutants: list[Mutant] = []

    def visit_body(
        self, body: list[ast.stmt], where: tuple[str, ...], names: tuple[str, ...]
    ) -> None:
        for statement in body:
            self._statement(statement, where, names)

    def _statement(self, node: ast.stmt, where: tuple[str, ...], names: tuple[str, ...]) -> None:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self._definition(node, where)
            return
        here = (".".join(where), names or _assigned(node))
        for old, new in _of_statement(node):
            self._add(old, new, old, here)
        for expression in _expressions(node):
            for old, new in _of_expression(expression):
                self._add(old, new, node, here)
        for body in _bodies(node):
            self.visit_body(body, where, names)

    def _definition(self, node: ast.FunctionDef | ast.ClassDef, where: tuple[str, ...]) -> None:
        inner = (*where, node.name)
        if isinstance(node, ast.ClassDef):
            self.visit_body(node.body, inner, ())
            return
        for default in (*node.args.defaults, *node.args.kw_defaults):
            for old, new in _of_expression(default) if default else ():
                self._add(old, new, node.body[0], (".".join(inner), ()))
        self.visit_body(node.body, inner, (node.name,))

    def _add(
        self, old: ast.AST, new: str, around: ast.AST, here: tuple[str, tuple[str, ...]]
    ) -> None:
        begin, end = self._at(old, "lineno"), self._at(old, "end_lineno")
        text = self.raw[:begin] + new.encode() + self.raw[end:]
        first = self.raw.rfind(b"\n", 0, begin) + 1
        last = self.raw.find(b"\n", end)
        before = self.raw[first:last]
        after = self.raw[first:begin] + new.encode() + self.raw[end:last]
        function, names = here
        lines = (around.lineno, old.end_lineno)  # type: ignore[attr-defined]
        self.mutants.append(
            Mutant(function, _plain(before), _plain(after), lines, names, text.decode())
        )

    def _at(self, node: ast.AST, line: str) -> int:
        column = "col_offset" if line == "lineno" else "end_col_offset"
        return self.starts[int(getattr(node, line)) - 1] + int(getattr(node, column))


def _plain(line: bytes) -> str:
    return " ".join(line.decode().split())


def _assigned(node: ast.stmt) -> tuple[str, ...]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return tuple(each.id for each in targets if isinstance(each, ast.Name))


def _bodies(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if _is_platforms(node):
        yield getattr(node, "orelse", [])
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _of_statement(node: ast.stmt) -> Iterator[tuple[ast.AST, str]]:
    """Yield what takes a statement's effect away."""
    if _is_talk(node) or _is_platforms(node):
        return
    if _can_be_left_out(node):
        yield node, "pass"
    elif isinstance(node, ast.If):
        yield from ((node.test, each) for each in ("False", "True"))
    elif isinstance(node, ast.Try):
        for handler in node.handlers:
            if isinstance(handler.type, ast.Tuple):
                yield from _without_one(handler.type, handler.type.elts)


def _can_be_left_out(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, (ast.Call, ast.YieldFrom))
    if isinstance(node, ast.Assign):  # a name that is never given one is noticed at once
        return not isinstance(node.targets[0], (ast.Name, ast.Tuple))
    return isinstance(node, (ast.Raise, ast.AugAssign, ast.Delete, ast.Continue, ast.Break))


def _is_platforms(node: ast.stmt) -> bool:
    is_flag = "TYPE_CHECKING" in _assigned(node)
    return is_flag or (isinstance(node, ast.If) and _names_one(node.test))


def _names_one(node: ast.AST) -> bool:
    said = ast.unparse(node)
    return any(name in said for name in _PLATFORM)


def _is_talk(node: ast.stmt) -> bool:
    """Whether it only says something: what is said is held by no mutation."""
    called = ast.unparse(node).partition("(")[0]
    return called.rpartition(".")[2] in {"say", "debug"}


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    """Yield every expression of a statement itself, without its wording and its annotations."""
    if isinstance(node, ast.Raise) or _is_talk(node) or _is_platforms(node):
        return
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "body", "orelse", "finalbody", "handlers"}:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, (ast.expr, ast.withitem)):
                yield from _inside(each)


def _inside(node: ast.AST) -> Iterator[ast.expr]:
    """Walk an expression; not into texts made from parts, whose positions older Pythons lack."""
    if isinstance(node, ast.JoinedStr) or _is_error(node):
        return
    if ast.unparse(node).startswith("getattr(os, "):
        return
    if isinstance(node, ast.Compare) and _names_one(node):
        return
    if isinstance(node, ast.expr):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _inside(child)


def _is_error(node: ast.AST) -> bool:
    name = node.func if isinstance(node, ast.Call) else None
    return isinstance(name, ast.Name) and name.id.endswith(("Error", "PassedOver", "InOtherHands"))


def _of_expression(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    for each in _RULES:
        yield from each(node)


def _compared(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    if not isinstance(node, ast.Compare):
        return
    for at in range(len(node.ops)):
        words = [ast.unparse(node.left)]
        for number, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            words += [_SIGNS[type(operator)][number == at], ast.unparse(right)]
        yield node, f"({' '.join(words)})"


def _joined(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.BoolOp):
        neutral = "True" if isinstance(node.op, ast.And) else "False"
        yield from ((value, neutral) for value in node.values if not _names_one(value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.IfExp) and not _names_one(node.test):
        yield from ((node, f"({ast.unparse(each)})") for each in (node.body, node.orelse))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Sub)):
        for gone, kept in ((node.left, node.right), (node.right, node.left)):
            if not _names_one(gone):
                yield node, f"({ast.unparse(kept)})"


def _constant(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, repr(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield node, f"{node.value + 1}"


def _called(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield node.func, _CALLED[node.func.id]
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _NEUTRAL_METHODS:
        yield node, f"{ast.unparse(node.func.value)}"


def _listed(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, (ast.Set, ast.Tuple)):
        yield from _without_one(node, node.elts)
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        yield from ((test, "True") for part in node.generators for test in part.ifs)


def _without_one(node: ast.AST, members: list[ast.expr]) -> Iterator[tuple[ast.AST, str]]:
    """Yield a table of constants or names less one of them."""
    simple = all(isinstance(each, (ast.Constant, ast.Name, ast.Attribute)) for each in members)
    if len(members) < 2 or not simple or isinstance(getattr(node, "ctx", None), ast.Store):
        return
    for each in members:
        rest = ", ".join(ast.unparse(other) for other in members if other is not each)
        yield node, f"{{{rest}}}" if isinstance(node, ast.Set) else f"({rest},)"


_RULES = (_compared, _joined, _constant, _called, _listed)
