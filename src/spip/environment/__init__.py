"""What is here: the target and its pip, their settings, the system, and what other tools were told.

Asked and told as it is; what it means is for `doctor` and `trusting`.
"""
