"""Files that switch verification off, and the text edits that take that out again."""
