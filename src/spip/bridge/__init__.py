"""What runs inside the target's interpreter, beside its pip.

The only room that touches ssl and pip's internals. Everything in it parses on Python 3.6 and
imports nothing of spip but itself.
"""
