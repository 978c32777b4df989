"""What may run without verification: the administrator's policy, the user's grants, the log."""
