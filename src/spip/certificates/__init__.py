"""One certificate: where it ends, whose it is, what it is for, and whether it may be a root."""
