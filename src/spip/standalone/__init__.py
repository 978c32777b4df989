"""spip as one file: what it carries, where that is unpacked, and how it is imported from there."""
