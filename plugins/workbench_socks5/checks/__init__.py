"""What RFC 1928 and RFC 1929 demand of a server, as checks."""

from workbench_socks5.checks.negotiation import NEGOTIATION
from workbench_socks5.checks.passwords import PASSWORDS
from workbench_socks5.checks.relays import RELAYS
from workbench_socks5.checks.requests import REQUESTS
from workbench_socks5.checks.tunnels import TUNNELS

__all__ = ["CHECKS"]

CHECKS = (*NEGOTIATION, *PASSWORDS, *REQUESTS, *TUNNELS, *RELAYS)
