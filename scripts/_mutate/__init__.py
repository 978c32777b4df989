"""What `scripts/bench` is made of: a world to measure in, commands in turns, a table."""
