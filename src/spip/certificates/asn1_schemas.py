"""The few ASN.1 structures that are read closer, for pyasn1; what isn't asked for stays bytes."""

from __future__ import annotations

from pyasn1.type import char, namedtype, tag, univ, useful

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_field = namedtype.NamedType
_optional = namedtype.OptionalNamedType
_default = namedtype.DefaultedNamedType


def _sequence(*fields: Any) -> Any:
    return univ.Sequence(componentType=namedtype.NamedTypes(*fields))


def _tagged(kind: Any, tagged: dict[str, Any]) -> Any:
    return kind.subtype(**tagged)


def _implicit(number: int, *, built: bool = True) -> dict[str, Any]:
    form = tag.tagFormatConstructed if built else tag.tagFormatSimple
    return {"implicitTag": tag.Tag(tag.tagClassContext, form, number)}


def _explicit(number: int) -> dict[str, Any]:
    return {"explicitTag": tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, number)}


_numbers = univ.SequenceOf(componentType=univ.ObjectIdentifier())
_any_of = univ.SetOf(componentType=univ.Any())
_time = univ.Choice(
    componentType=namedtype.NamedTypes(
        _field("utc", useful.UTCTime()), _field("general", useful.GeneralizedTime())
    )
)
_extension = _sequence(
    _field("id", univ.ObjectIdentifier()),
    _default("critical", univ.Boolean(value=False)),
    _field("value", univ.OctetString()),
)
# RFC 5280, section 4.1
_body = _sequence(
    _default("version", _tagged(univ.Integer(0), _explicit(0))),
    _field("serial", univ.Integer()),
    _field("signature", univ.Any()),
    _field("issuer", univ.Any()),
    _field("validity", _sequence(_field("begin", _time), _field("end", _time))),
    _field("subject", univ.Any()),
    _field("key", univ.Any()),
    _optional("issuerUnique", _tagged(univ.BitString(), _implicit(1, built=False))),
    _optional("subjectUnique", _tagged(univ.BitString(), _implicit(2, built=False))),
    _optional("extensions", _tagged(univ.SequenceOf(componentType=_extension), _explicit(3))),
)

SCHEMAS: dict[str, Any] = {
    "numbers": _numbers,
    "certificate": _sequence(
        _field("body", _body), _field("algorithm", univ.Any()), _field("signature", univ.Any())
    ),
    # crypto/x509/x_x509a.c of OpenSSL: X509_CERT_AUX
    "attributes": _sequence(
        _optional("trust", _numbers),
        _optional("reject", _tagged(_numbers, _implicit(0))),
        _optional("alias", char.UTF8String()),
        _optional("keyid", univ.OctetString()),
        _optional("other", _tagged(univ.SequenceOf(componentType=univ.Any()), _implicit(1))),
    ),
    # RFC 2315, sections 7 and 9.1
    "content": _sequence(
        _field("type", univ.ObjectIdentifier()), _field("data", _tagged(univ.Any(), _explicit(0)))
    ),
    "signed": _sequence(
        _field("version", univ.Integer()),
        _field("digests", univ.Any()),
        _field("content", univ.Any()),
        _optional("certificates", _tagged(_any_of, _implicit(0))),
        _optional("revoked", _tagged(_any_of, _implicit(1))),
        _field("signers", univ.Any()),
    ),
}
