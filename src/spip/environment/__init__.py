"""Facts about this machine: the target, its pip and settings, the system, and other tools.

Read as they are; what they mean is for `doctor` and `trust`.
"""
