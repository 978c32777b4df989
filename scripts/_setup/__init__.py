"""What the scripts of this checkout need before they can start: an environment, made once."""
