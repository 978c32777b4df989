"""Switched-off verification in a Python file, by what its code does: no comment or text counts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from spip import data

if TYPE_CHECKING:
    from collections.abc import Iterator

# Arguments and attributes that switch verification off where they are false ...
_FALSE = {"verify", "verify_ssl", "ssl_verify", "verify_certs", "validate_certs", "check_hostname"}
# ... where they are CERT_NONE ...
_MODES = {"verify_mode", "cert_reqs", "ssl_cert_reqs"}
_NONE = {"CERT_NONE", "VERIFY_NONE"}
# ... and what makes a context that verifies nothing.
_UNVERIFIED = {"_create_unverified_context", "_create_stdlib_context"}
# aiohttp has `ssl=False` for it; to most others the word says that there is no TLS at all.
_OF_AIOHTTP = {"TCPConnector", "get", "post", "put", "patch", "delete", "head", "request"}
_TRUSTED_HOST = re.compile(r"--trusted-host(?:=|$)")
_OF_PIP = {"pip", "pip3", "install", "download", "wheel"}
Place = tuple[int, str, str]  # line, tool, kind


def find_places(content: bytes) -> Iterator[Place]:
    """Yield each place. Raises ValueError where Python can't read the file."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(str(error)) from error
    seen = set()
    for node in ast.walk(tree):
        for place in _in(node):
            if place not in seen:
                seen.add(place)
                yield place


def _in(node: ast.AST) -> Iterator[Place]:
    if isinstance(node, ast.Call):
        yield from _in_call(node)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _in_assignment(target, node.value)
    elif isinstance(node, (ast.List, ast.Tuple)):
        yield from _in_words(node.elts)
    elif _name(node) in _UNVERIFIED | {"VERIFY_NONE"} and isinstance(
        node, (ast.Attribute, ast.Name)
    ):
        yield node.lineno, "Python", _name(node)


def _in_call(call: ast.Call) -> Iterator[Place]:
    for keyword in call.keywords:
        name = keyword.arg or ""
        if _is_off(name, keyword.value) or (
            name == "ssl" and _name(call.func) in _OF_AIOHTTP and _is_false(keyword.value)
        ):
            yield keyword.value.lineno, "Python", _kind(name, keyword.value)
    yield from _in_words(call.args, _name(call.func))
    if _name(call.func) == "setdefault" and len(call.args) == 2:
        yield from _in_environment(call.args[0], call.args[1])


def _in_assignment(target: ast.expr, value: ast.expr) -> Iterator[Place]:
    if isinstance(target, ast.Attribute) and _is_off(target.attr, value):
        yield target.lineno, "Python", _kind(target.attr, value)
    elif isinstance(target, ast.Subscript):
        yield from _in_environment(target.slice, value)


def _in_environment(name: ast.expr, value: ast.expr) -> Iterator[Place]:
    """A variable that switches verification off, set for this program or its children."""
    if not (isinstance(name, ast.Constant) and isinstance(value, ast.Constant)):
        return
    if name.value == "PIP_TRUSTED_HOST" and value.value:
        yield name.lineno, "pip", "PIP_TRUSTED_HOST"
    for each in data.table("relaxations")["variable"]:
        if name.value == each["name"] and (
            str(value.value).lower() in each["off"] if "off" in each else value.value
        ):
            yield name.lineno, each["tool"], each["name"]


def _in_words(words: list[ast.expr], called: str = "") -> Iterator[Place]:
    """pip's option among the words of a command; elsewhere it is only a text."""
    texts = [word for word in words if isinstance(word, ast.Constant)]
    if called == "install" or _OF_PIP & {str(word.value) for word in texts}:
        for word in texts:
            if _TRUSTED_HOST.match(str(word.value)):
                yield word.lineno, "pip", "--trusted-host"


def _is_off(name: str, value: ast.expr) -> bool:
    if name in _FALSE:
        return _is_false(value)
    shown = value.value if isinstance(value, ast.Constant) else _name(value)
    return name in _MODES and (shown in _NONE or shown in {"NONE", 0})


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _kind(name: str, value: ast.expr) -> str:
    return f"{name}={'False' if _is_false(value) else 'CERT_NONE'}"


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
