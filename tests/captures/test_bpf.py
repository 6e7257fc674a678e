"""Programs are run by a small interpreter here, so that no privileges are needed; the kernel runs them in test_live."""

import pytest

from captures.bpf import MAX_PORTS, port_filter
from captures.synthesis import TcpConversation, udp_frame
from support.programs import run
from workbench.api import Direction, Endpoint, UsageError

SNAPLEN = 1000


def frame(protocol: str, source: int, destination: int, version: int = 4) -> bytes:
    hosts = ("192.0.2.1", "192.0.2.2") if version == 4 else ("2001:db8::1", "2001:db8::2")
    ends = Endpoint(hosts[0], source), Endpoint(hosts[1], destination)
    return udp_frame(*ends, b"data") if protocol == "udp" else TcpConversation(*ends).send(Direction.TO_SERVER, b"data")[0]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_either_port_counts(protocol: str, version: int):
    program = port_filter([80, 443], SNAPLEN)
    assert run(program, frame(protocol, 5000, 80, version)) == SNAPLEN
    assert run(program, frame(protocol, 443, 5000, version)) == SNAPLEN
    assert run(program, frame(protocol, 5000, 81, version)) == 0


def test_ip_options_move_the_ports():
    plain = frame("udp", 80, 5000)
    with_options = plain[:14] + bytes([0x47]) + plain[15:34] + bytes(8) + plain[34:]
    assert run(port_filter([80], SNAPLEN), with_options) == SNAPLEN
    assert run(port_filter([5001], SNAPLEN), with_options) == 0


def test_other_protocols_go():
    program = port_filter([80], SNAPLEN)
    plain = frame("udp", 80, 5000)
    assert run(program, plain[:12] + b"\x08\x06" + plain[14:]) == 0
    assert run(program, plain[:23] + b"\x01" + plain[24:]) == 0
    assert run(program, frame("udp", 80, 1, 6)[:20] + b"\x3a" + bytes(60)) == 0


def test_later_fragments_and_extension_headers_pass():
    program = port_filter([80], SNAPLEN)
    plain = frame("udp", 1, 2)
    assert run(program, plain[:20] + b"\x20\x01" + plain[22:]) == SNAPLEN
    assert run(program, plain[:20] + b"\x20\x00" + plain[22:]) == 0
    plain6 = frame("udp", 1, 2, 6)
    for extension in (0, 43, 44, 60):
        assert run(program, plain6[:20] + bytes([extension]) + plain6[21:]) == SNAPLEN


def test_without_ports_everything_is_kept():
    assert run(port_filter([], SNAPLEN), frame("tcp", 1, 2)) == SNAPLEN


def test_the_largest_program_still_reaches_its_end():
    ports = list(range(1000, 1000 + MAX_PORTS))
    program = port_filter(ports, SNAPLEN)
    for port in (ports[0], ports[-1]):
        assert run(program, frame("tcp", port, 2)) == SNAPLEN
        assert run(program, frame("tcp", 2, port, 6)) == SNAPLEN
    assert run(program, frame("tcp", 2, 3)) == 0


def test_too_many_or_impossible_ports_are_refused():
    with pytest.raises(UsageError, match="at most 100 ports"):
        port_filter(list(range(1, MAX_PORTS + 2)), SNAPLEN)
    with pytest.raises(UsageError, match="70000 is no port"):
        port_filter([70000], SNAPLEN)
