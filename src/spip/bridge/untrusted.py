"""Which refusals mean that nothing here trusts who signed a certificate, by the verifier's code.

A grant opens for these alone: never for a certificate that was revoked or explicitly distrusted,
and never for a code that nobody looked up. `tls.codes` has the meaning of all the others.
"""

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
