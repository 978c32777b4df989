"""What makes the single file, and the zip of wheels beside it."""
