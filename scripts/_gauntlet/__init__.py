"""Situations that people are in, and how pip, its neighbours and spip come out of each."""
