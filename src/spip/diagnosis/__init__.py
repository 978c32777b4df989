"""From evidence about one host to findings: which cause it is, and in which words."""
