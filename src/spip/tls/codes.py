"""What a refusal's code means. The verifier is OpenSSL, or macOS or Windows through truststore."""

from __future__ import annotations

UNTRUSTED, EXPIRED, NOT_YET_VALID, NAME = "untrusted", "expired", "not-yet-valid", "name"
WEAK, STRICT, REVOKED, DISTRUSTED = "weak", "strict", "revoked", "distrusted"
REVOCATION_UNKNOWN, APPLE_RULES, OTHER = "revocation-unknown", "apple-rules", "other"
SIGNATURE = "signature"  # an issuer of that name is known, and its key isn't the one that signed

# X509_V_ERR_..., openssl/x509_vfy.h.
_OPENSSL = {
    2: UNTRUSTED, 18: UNTRUSTED, 19: UNTRUSTED, 20: UNTRUSTED, 21: UNTRUSTED,
    7: SIGNATURE, 9: NOT_YET_VALID, 10: EXPIRED,
    23: REVOKED, 27: DISTRUSTED, 28: DISTRUSTED,  # 27: a store says no to that purpose
    62: NAME, 64: NAME,
    66: WEAK, 67: WEAK, 68: WEAK,
    **dict.fromkeys(range(79, 95), STRICT),
}  # fmt: skip
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
}
# CertVerifyCertificateChainPolicy: winerror.h.
_WINDOWS = {
    0x800B0109: UNTRUSTED,  # CERT_E_UNTRUSTEDROOT
    0x800B010A: UNTRUSTED,  # CERT_E_CHAINING
    0x80096004: SIGNATURE,  # TRUST_E_CERT_SIGNATURE
    0x800B0101: EXPIRED,  # CERT_E_EXPIRED: before its time too
    0x800B010F: NAME,  # CERT_E_CN_NO_MATCH
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
