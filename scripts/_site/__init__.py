"""What builds the site of docs/."""
