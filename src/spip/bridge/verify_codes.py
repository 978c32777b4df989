"""What a refusal's code means. The verifier is OpenSSL, or macOS or Windows through truststore."""

UNTRUSTED, EXPIRED, NOT_YET_VALID, NAME = "untrusted", "expired", "not-yet-valid", "name"
WEAK, STRICT, REVOKED, DISTRUSTED = "weak", "strict", "revoked", "distrusted"
REVOCATION_UNKNOWN, APPLE_RULES, OTHER = "revocation-unknown", "apple-rules", "other"
SIGNATURE = "signature"  # an issuer of that name is known, and its key isn't the one that signed
UNREADABLE, TOO_LONG = "unreadable", "too-long"
UNREACHABLE = "unreachable"  # the system's verifier didn't judge at all
# What a certificate is not made for; each has words of its own in the table of causes.
PURPOSE, ISSUER, PATH_LENGTH = "purpose", "issuer", "path-length"
EXTENSION, NAMES_ALLOWED = "extension", "names-allowed"
UNFIT = frozenset((PURPOSE, ISSUER, PATH_LENGTH, EXTENSION, NAMES_ALLOWED))

# X509_V_ERR_..., openssl/x509_vfy.h.
_OPENSSL = {
    **dict.fromkeys((2, 18, 19, 20, 21), UNTRUSTED),
    9: NOT_YET_VALID, 10: EXPIRED,
    **dict.fromkeys((7, 77), SIGNATURE),  # 77: the issuer's key is even of another kind
    **dict.fromkeys((4, 6, 13, 14, 41, 76, 78), UNREADABLE),
    22: TOO_LONG, 23: REVOKED,
    **dict.fromkeys((27, 28), DISTRUSTED),  # 27: a store says no to that purpose
    26: PURPOSE,
    **dict.fromkeys((24, 32, 37, 39, 79), ISSUER),  # 24 up to OpenSSL 1.1.1, 79 since: no authority
    25: PATH_LENGTH,
    **dict.fromkeys((34, 40, 42, 46), EXTENSION),
    **dict.fromkeys((47, 48, 49, 51, 52, 53), NAMES_ALLOWED),
    62: NAME, 64: NAME,
    **dict.fromkeys((66, 67, 68), WEAK),
    **dict.fromkeys((*range(80, 95), 102, 103), STRICT),
}  # fmt: skip
# Why the others have no meaning here.
_NO_REVOCATION_LIST = "pip asks OpenSSL for no revocation list"
_NO_OCSP = "pip asks OpenSSL for no OCSP answer"
_PROGRAM = "the program that calls OpenSSL, or OpenSSL itself, has a fault"
_NOT_A_REFUSAL = "it stands for another refusal, which OpenSSL says in its place"
_WITHOUT = {
    1: "OpenSSL itself names no reason",
    **dict.fromkeys((3, 5, 8, 11, 12, 15, 16, 33, 35, 36, 44, 45, 54), _NO_REVOCATION_LIST),
    **dict.fromkeys((17, 50, 69, 70), _PROGRAM),
    **dict.fromkeys((29, 30, 31, 55), _NOT_A_REFUSAL),
    **dict.fromkeys((38, 72), "pip allows no proxy certificates (RFC 3820): code 40"),
    43: "pip demands no certificate policy",
    **dict.fromkeys(range(56, 62), "pip doesn't ask for Suite B"),
    63: "pip compares no email address",
    65: "pip doesn't ask for DANE",
    71: "pip doesn't ask for Certificate Transparency",
    **dict.fromkeys((73, 74, 75, 96, 97, 98, 99, 100), _NO_OCSP),
    95: "pip doesn't use raw public keys",
}
# SecTrust and Security framework: SecBase.h. An issuer with another key is none there: NotTrusted.
_MACOS = {
    -67843: UNTRUSTED,  # errSecNotTrusted
    -25318: UNTRUSTED,  # errSecCreateChainFailed
    -67818: EXPIRED,  # errSecCertificateExpired
    -67819: NOT_YET_VALID,  # errSecCertificateNotValidYet
    -67602: NAME,  # errSecHostNameMismatch
    -67820: REVOKED,  # errSecCertificateRevoked
    -67654: DISTRUSTED,  # errSecTrustSettingDeny
    -67635: REVOCATION_UNKNOWN,  # errSecIncompleteCertRevocationCheck
    -67901: APPLE_RULES,  # errSecCertificateValidityPeriodTooLong
    -67609: APPLE_RULES,  # errSecInvalidExtendedKeyUsage
    -26276: UNREACHABLE,  # errSecInternal: trustd doesn't answer, as in a sandbox
    -25291: UNREACHABLE,  # errSecNotAvailable
    -25294: UNREACHABLE,  # errSecNoSuchKeychain
}
# CertVerifyCertificateChainPolicy: winerror.h.
_WINDOWS = {
    0x800B0109: UNTRUSTED,  # CERT_E_UNTRUSTEDROOT
    0x800B010A: UNTRUSTED,  # CERT_E_CHAINING
    0x80096004: SIGNATURE,  # TRUST_E_CERT_SIGNATURE
    0x800B0101: EXPIRED,  # CERT_E_EXPIRED: before its time too
    0x800B010F: NAME,  # CERT_E_CN_NO_MATCH
    0x800B0110: PURPOSE,  # CERT_E_WRONG_USAGE
    0x800B0106: PURPOSE,  # CERT_E_PURPOSE
    0x800B0103: ISSUER,  # CERT_E_ROLE
    0x80096019: ISSUER,  # TRUST_E_BASIC_CONSTRAINTS
    0x800B0104: PATH_LENGTH,  # CERT_E_PATHLENCONST
    0x800B0105: EXTENSION,  # CERT_E_CRITICAL
    0x800B0114: NAMES_ALLOWED,  # CERT_E_INVALID_NAME
    0x800B0108: UNREADABLE,  # CERT_E_MALFORMED
    0x800B010C: REVOKED,  # CERT_E_REVOKED
    0x80092010: REVOKED,  # CRYPT_E_REVOKED
    0x800B0111: DISTRUSTED,  # TRUST_E_EXPLICIT_DISTRUST
    0x800B0112: DISTRUSTED,  # CERT_E_UNTRUSTEDCA
    0x80092012: REVOCATION_UNKNOWN,  # CRYPT_E_NO_REVOCATION_CHECK
    0x80092013: REVOCATION_UNKNOWN,  # CRYPT_E_REVOCATION_OFFLINE
    0x800B010E: REVOCATION_UNKNOWN,  # CERT_E_REVOCATION_FAILURE
}


def meaning(code: int, text: str = "") -> str:
    """Return what a verifier's code means, one of the names above.

    Windows' codes come with or without a sign. Apple's rules have no code of their own in older
    systems, so their sentence counts (`text`).
    """
    if "standards compliant" in text:
        return APPLE_RULES
    unsigned = code & 0xFFFFFFFF
    return _OPENSSL.get(code) or _MACOS.get(code) or _WINDOWS.get(unsigned) or OTHER


def why_none(code: int) -> str:
    """Return why one of OpenSSL's codes has no meaning here, "" for one that has, or is unknown."""
    return _WITHOUT.get(code, "")


OPENSSL = frozenset(  # X509_V_ERR_..., openssl/x509_vfy.h
    (
        2,  # UNABLE_TO_GET_ISSUER_CERT: an intermediate's issuer is missing
        18,  # DEPTH_ZERO_SELF_SIGNED_CERT
        19,  # SELF_SIGNED_CERT_IN_CHAIN: the root was sent, and isn't trusted
        20,  # UNABLE_TO_GET_ISSUER_CERT_LOCALLY: the root wasn't sent
        21,  # UNABLE_TO_VERIFY_LEAF_SIGNATURE: the leaf alone was sent
    )
)
# 27, CERT_UNTRUSTED, stays out: it comes from a trust store that says no to that purpose.
MACOS = frozenset(  # SecBase.h, as truststore reports it
    (
        -67843,  # errSecNotTrusted
        -25318,  # errSecCreateChainFailed
    )
)
WINDOWS = frozenset(  # winerror.h, as truststore reports it
    (
        0x800B0109,  # CERT_E_UNTRUSTEDROOT
        0x800B010A,  # CERT_E_CHAINING: no way to any root
    )
)


def is_untrusted(code: int) -> bool:
    """Whether a verifier's code means an untrusted issuer. The three tables have no code in common.

    Windows' codes come with or without a sign.
    """
    return code in OPENSSL or code in MACOS or (code & 0xFFFFFFFF) in WINDOWS
