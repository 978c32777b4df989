"""Each strict rule alone: what breaks it, and what is as near to it as can be and doesn't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from spip.certificates import x509
from spip.certificates.strict_rules import defects
from spip.certificates.x509 import Certificate
from support.authority import Authority


@pytest.fixture(scope="module")
def way() -> tuple[Certificate, Certificate, Certificate]:
    """A leaf, its issuer and their root, all as the rules want them."""
    root = Authority()
    middle = root.intermediate()
    leaf = middle.issue()
    return tuple(map(x509.read, (leaf.der, middle.der, root.der)))  # type: ignore[return-value]  # three


def but(certificate: Certificate, version: int = 3, **has: Any) -> Certificate:
    return replace(certificate, version=version, extensions=replace(certificate.extensions, **has))


def named(value: object) -> str:
    """Name a value the same in each process, which a set's own words don't."""
    if not isinstance(value, dict):
        return str(value)
    parts = (sorted(v) if isinstance(v, frozenset) else v for v in value.values())
    return ",".join(f"{key}={part}" for key, part in zip(value, parts, strict=True))


SIGNS, OTHER = frozenset({"keyCertSign", "cRLSign"}), frozenset({"digitalSignature"})


def test_a_way_as_the_rules_want_it_breaks_none(
    way: tuple[Certificate, Certificate, Certificate],
) -> None:
    assert defects(way) == ()
    assert defects(way[1:]) == ()


# By place: 0 the leaf, 1 its issuer, 2 the root.
RULES = [
    (1, {"authority": False}, "not-an-authority", "basicConstraints"),
    (1, {"authority": None}, "not-an-authority", "basicConstraints"),
    (1, {"constraints_critical": False}, "constraints-not-critical", "basicConstraints"),
    (1, {"usage": None}, "no-key-usage", "keyUsage"),
    (1, {"usage": OTHER, "path_length": 0}, "may-not-sign", "keyUsage"),
    (1, {"subject_key": None}, "no-subject-key", "subjectKeyIdentifier"),
    (1, {"authority_key": None}, "no-authority-key", "authorityKeyIdentifier"),
    (2, {"authority": False}, "not-an-authority", "basicConstraints"),
    (2, {"constraints_critical": False}, "constraints-not-critical", "basicConstraints"),
    (2, {"usage": None}, "no-key-usage", "keyUsage"),
    (2, {"usage": OTHER, "path_length": 3}, "may-not-sign", "keyUsage"),
    (2, {"subject_key": None}, "no-subject-key", "subjectKeyIdentifier"),
    (0, {"authority_key": None}, "no-authority-key", "authorityKeyIdentifier"),
    (0, {"usage": SIGNS, "authority": None}, "leaf-may-sign", "keyUsage"),
    (0, {"usage": SIGNS, "authority": False}, "leaf-may-sign", "keyUsage"),
]


@pytest.mark.parametrize(("place", "has", "rule", "extension"), RULES, ids=named)
def test_one_thing_breaks_one_rule_at_one_certificate(
    way: tuple[Certificate, Certificate, Certificate],
    place: int,
    has: dict[str, Any],
    rule: str,
    extension: str,
) -> None:
    changed = list(way)
    changed[place] = but(way[place], **has)
    (found,) = defects(tuple(changed))
    assert (found.certificate, found.rule, found.extension) == (changed[place], rule, extension)


@pytest.mark.parametrize(
    ("place", "has"),
    [
        (2, {"authority_key": None}),  # it has no issuer but itself
        (1, {"usage": OTHER, "path_length": None}),
        (1, {"usage": SIGNS, "path_length": None}),
        (1, {"usage": SIGNS, "path_length": 0}),
        (0, {"authority_key": None, "version": 1}),
        (1, {"authority_key": None, "version": 2}),
        (0, {"usage": None}),
        (0, {"usage": OTHER}),
        (0, {"usage": SIGNS, "authority": True}),
        (0, {"subject_key": None}),
        (0, {"constraints_critical": False}),
        (0, {"authority": None}),
    ],
    ids=named,
)
def test_what_is_nearly_that_breaks_none(
    way: tuple[Certificate, Certificate, Certificate], place: int, has: dict[str, Any]
) -> None:
    changed = list(way)
    changed[place] = but(way[place], **has)
    assert defects(tuple(changed)) == ()


def test_one_that_is_no_authority_is_told_of_that_alone(
    way: tuple[Certificate, Certificate, Certificate],
) -> None:
    """OpenSSL stops there as well."""
    none = but(way[1], authority=False, constraints_critical=False, usage=None, subject_key=None)
    assert [each.rule for each in defects((way[0], none, way[2]))] == ["not-an-authority"]


def test_all_that_one_breaks_is_told_in_the_order_of_the_way(
    way: tuple[Certificate, Certificate, Certificate],
) -> None:
    bare: dict[str, Any] = {"constraints_critical": False, "usage": None, "subject_key": None}
    found = defects(
        (but(way[0], authority_key=None), but(way[1], authority_key=None), but(way[2], **bare))
    )
    assert [each.rule for each in found] == [
        "no-authority-key",
        "no-authority-key",
        "constraints-not-critical",
        "no-key-usage",
        "no-subject-key",
    ]


@pytest.mark.parametrize("length", [0, 1])
def test_a_certificate_alone_is_exempt(
    way: tuple[Certificate, Certificate, Certificate], length: int
) -> None:
    alone = but(way[2], authority=False, usage=SIGNS, subject_key=None)
    assert defects((alone,) * length) == ()
