"""What a connection shows: `probe` looks, `chain` reads certificates, `causes` says what it means.

`probe` is the only room with a socket; everything else is pure.
"""
