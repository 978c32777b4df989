"""`spip doctor --fix` and `--undo`: take away what switches verification off, or bring it back."""
