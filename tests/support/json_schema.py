"""JSON Schema, as far as docs/*.schema.json use it; any other keyword is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SAYS_NOTHING = {"$schema", "$defs", "title", "description", "properties", "additionalProperties"}


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with `value`, one line each. KeyError: a keyword not known here."""
    for keyword, wanted in schema.items():
        if keyword not in _SAYS_NOTHING:
            yield from _KEYWORDS[keyword](value, wanted, root)
    if isinstance(value, dict) and "properties" in schema:
        yield from _properties(value, schema, root)
    elif isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for each in value.values():
            yield from violations(each, schema["additionalProperties"], root)


def _properties(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]
) -> Iterator[str]:
    for name, each in value.items():
        if name in schema["properties"]:
            yield from violations(each, schema["properties"][name], root)
        elif schema.get("additionalProperties") is False:
            yield f"{name} is not in the schema"


def _type(value: Any, wanted: str | list[str], _: object) -> Iterator[str]:
    allowed = [wanted] if isinstance(wanted, str) else wanted
    is_flag = isinstance(value, bool)
    if not any(
        isinstance(value, _TYPES[name]) and (not is_flag or name == "boolean") for name in allowed
    ):
        yield f"{value!r} is no {wanted}"


def _reference(value: Any, wanted: str, root: dict[str, Any]) -> Iterator[str]:
    yield from violations(value, root["$defs"][wanted.rpartition("/")[2]], root)


def _items(value: Any, wanted: dict[str, Any], root: dict[str, Any]) -> Iterator[str]:
    for each in value if isinstance(value, list) else ():
        yield from violations(each, wanted, root)


def _any_of(value: Any, wanted: list[dict[str, Any]], root: dict[str, Any]) -> Iterator[str]:
    if all(list(violations(value, each, root)) for each in wanted):
        yield f"{value!r} is none of what it may be"


def _pattern(value: Any, wanted: str, _: object) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{value!r} doesn't match {wanted}"


def _range(value: Any, wanted: range) -> Iterator[str]:
    if isinstance(value, (int, float)) and int(value) not in wanted:
        yield f"{value!r} is out of range"


_KEYWORDS: dict[str, Any] = {
    "type": _type,
    "$ref": _reference,
    "items": _items,
    "anyOf": _any_of,
    "pattern": _pattern,
    "const": lambda value, wanted, _: [] if value == wanted else [f"{value!r} is not {wanted!r}"],
    "enum": lambda value, wanted, _: [] if value in wanted else [f"{value!r} is not in {wanted}"],
    "minimum": lambda value, wanted, _: _range(value, range(wanted, 1 << 62)),
    "maximum": lambda value, wanted, _: _range(value, range(-(1 << 62), wanted + 1)),
    "required": lambda value, wanted, _: [
        f"{name} is missing" for name in wanted if isinstance(value, dict) and name not in value
    ],
}
