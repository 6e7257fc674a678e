"""Addresses as text. IPv6 in the form of RFC 5952, as everywhere in the workbench."""

import socket

__all__ = ["ip_text", "mac_text"]


def ip_text(raw: bytes) -> str:
    """An IPv4 (4 bytes) or IPv6 (16 bytes) address; hexadecimal digits for any other length."""
    if len(raw) == 4:
        return f"{raw[0]}.{raw[1]}.{raw[2]}.{raw[3]}"
    # not ipaddress: it writes IPv4-mapped addresses differently from one Python to the next
    return socket.inet_ntop(socket.AF_INET6, raw) if len(raw) == 16 else raw.hex()


def mac_text(raw: bytes) -> str:
    """A hardware address with colons."""
    return raw.hex(":")
