"""The commands that people type: one module or package for each of spip's own words."""
