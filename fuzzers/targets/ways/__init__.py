"""Ways to run a server for cases: one process for all, a fork or a new one for each, one connection for many, or not run by us at all.

Each is an executor by its name ("live", "fork", "restart", "persistent", "blackbox").
"""
