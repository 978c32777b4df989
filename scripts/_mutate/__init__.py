"""What `scripts/mutate` is made of: mutants, a trial of each, a report."""
