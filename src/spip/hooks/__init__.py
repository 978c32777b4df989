"""Makes `pip` mean spip: in a shell, in an environment, for `python -m pip` of one Python."""
