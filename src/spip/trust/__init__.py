"""What counts as a root for this run: which sources, where they lie, and the bundle of them."""
