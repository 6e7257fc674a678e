"""Classic BPF programs for a packet socket: keep TCP and UDP of given ports, let the kernel drop the rest.

Not here: other expressions (`capture_filter`). Programs read the packet relative to its network header, so that one program
serves every kind of link.
"""

import struct
from collections.abc import Sequence

from workbench.api import UsageError

__all__ = ["MAX_PORTS", "port_filter"]

MAX_PORTS = 100
"""A conditional jump reaches 255 instructions ahead, and each port takes two comparisons."""

_NETWORK = 0xFFF00000
"""SKF_NET_OFF of linux/filter.h: offsets from here count from the network header."""
_ETHERTYPE = 0xFFFFF000
"""SKF_AD_OFF + SKF_AD_PROTOCOL: the frame's EtherType, wherever the link keeps it."""

_LOAD_WORD, _LOAD_BYTE, _LOAD_HALF = 0x20, 0x30, 0x28
_LOAD_HALF_AT_X = 0x48
_LOAD_X, _LOAD_X_HEADER_LENGTH = 0x01, 0xB1
_EQUAL, _ANY_BIT, _ALWAYS, _RETURN = 0x15, 0x45, 0x05, 0x06

_TCP, _UDP = 6, 17
_V6_EXTENSIONS = (0, 43, 44, 60)
"""Hop-by-hop, routing, fragment, destination options (RFC 8200 4.1): what follows them is not looked for, such packets pass."""


class _Program:
    """Instructions whose jumps name labels."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int, str, str]] = []
        self.labels: dict[str, int] = {}

    def add(self, code: int, value: int, true: str = "", false: str = "") -> None:
        self.lines.append((code, value, true, false))

    def label(self, name: str) -> None:
        self.labels[name] = len(self.lines)

    def build(self) -> bytes:
        return b"".join(
            struct.pack("=HBBI", code, self._jump(row, true), self._jump(row, false), value)
            if code != _ALWAYS
            else struct.pack("=HBBI", code, 0, 0, self._jump(row, true))
            for row, (code, value, true, false) in enumerate(self.lines)
        )

    def _jump(self, row: int, label: str) -> int:
        return self.labels[label] - row - 1 if label else 0


def port_filter(ports: Sequence[int], snaplen: int) -> bytes:
    """A program (struct sock_filter, 8 bytes each) that keeps `snaplen` bytes of each TCP or UDP packet from or to one of `ports`.

    Without ports it keeps every packet. Fragments after the first carry no ports and pass. Raises UsageError for more than MAX_PORTS.
    """
    if len(ports) > MAX_PORTS:
        raise UsageError(f"at most {MAX_PORTS} ports can be filtered, not {len(ports)}", remedy="Capture without a filter")
    wrong = next((port for port in ports if not 0 < port < 65_536), None)
    if wrong is not None:
        raise UsageError(f"{wrong} is no port", remedy="Give ports between 1 and 65535")
    program = _Program()
    if ports:
        _find_ports(program)
        _compare(program, sorted(set(ports)))
    program.label("accept")
    program.add(_RETURN, snaplen)
    program.label("reject")
    program.add(_RETURN, 0)
    return program.build()


def _find_ports(program: _Program) -> None:
    """Leave the offset of the transport header in X, or jump."""
    program.add(_LOAD_WORD, _ETHERTYPE)
    program.add(_EQUAL, 0x86DD, "v6", "maybe v4")
    program.label("maybe v4")
    program.add(_EQUAL, 0x0800, "v4", "none")
    program.label("v4")
    program.add(_LOAD_BYTE, _NETWORK + 9)
    program.add(_EQUAL, _TCP, "v4 transport", "v4 maybe udp")
    program.label("v4 maybe udp")
    program.add(_EQUAL, _UDP, "v4 transport", "none")
    program.label("v4 transport")
    program.add(_LOAD_HALF, _NETWORK + 6)
    program.add(_ANY_BIT, 0x1FFF, "pass", "v4 first")
    program.label("v4 first")
    program.add(_LOAD_X_HEADER_LENGTH, _NETWORK)
    program.add(_ALWAYS, 0, "ports")
    program.label("v6")
    program.add(_LOAD_BYTE, _NETWORK + 6)
    for extension in _V6_EXTENSIONS:
        program.add(_EQUAL, extension, "pass")
    program.add(_EQUAL, _TCP, "v6 transport", "v6 maybe udp")
    program.label("v6 maybe udp")
    program.add(_EQUAL, _UDP, "v6 transport", "none")
    program.label("pass")
    program.add(_ALWAYS, 0, "accept")
    program.label("none")
    program.add(_ALWAYS, 0, "reject")
    program.label("v6 transport")
    program.add(_LOAD_X, 40)


def _compare(program: _Program, ports: Sequence[int]) -> None:
    program.label("ports")
    for position in (0, 2):
        program.add(_LOAD_HALF_AT_X, (_NETWORK + position) & 0xFFFFFFFF)
        for port in ports:
            program.add(_EQUAL, port, "accept")
    program.add(_ALWAYS, 0, "reject")
