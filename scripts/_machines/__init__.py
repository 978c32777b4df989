"""`scripts/machines`: both commands of the README on machines that have nothing yet."""
