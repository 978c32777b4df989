"""The only room with a socket: how far one gets on the way to a host, and what is shown there.

Every wait ends with one deadline for the whole host, and no more is read than a bound allows.
Verification is switched off only to read the certificates that a refused host presents, the date
of its clock, and, before a grant is given, where its pages say that files lie (`pinned`); nothing
else is asked over such a connection, and no secret is sent.
"""
