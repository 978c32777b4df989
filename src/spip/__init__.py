"""pip, where pip alone ends in SSL: CERTIFICATE_VERIFY_FAILED."""

__version__ = "0.1.0"
