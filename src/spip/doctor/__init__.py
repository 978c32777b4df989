"""`spip doctor`: collects evidence, checks this machine and the hosts, and writes the report."""
