"""SOCKS version 5 (RFC 1928, RFC 1929), with SOCKS4 and SOCKS4A: the conversation over TCP, and the datagrams of its UDP relay."""

from collections.abc import Iterator
from random import Random

from workbench.api import Endpoint, Hints, Limits, ProtocolSpec
from workbench_socks5 import datagrams
from workbench_socks5.checks import CHECKS
from workbench_socks5.decoder import Socks5Decoder
from workbench_socks5.probe import probe
from workbench_socks5.seeds import SEEDS, TOKENS
from workbench_socks5.server import serve
from workbench_socks5.states import INITIAL, STATES
from workbench_socks5.training import training
from workbench_socks5.values import encode

__all__ = ["PROTOCOL", "PROTOCOL_UDP"]


def _workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    from workbench_socks5.workload import workload  # sockets and threads, which no other command needs

    return workload(endpoint, random)


_LIMITS = Limits(message=128 * 1024)
"""The longest message is a GSSAPI token of 64 KiB."""

PROTOCOL = ProtocolSpec(
    name="socks5",
    title="SOCKS5",
    prefix="socks",
    ports=(1080,),
    decoder=Socks5Decoder,
    encode=encode,
    probe=probe,
    states=STATES,
    initial=INITIAL,
    seeds=SEEDS,
    server=serve,
    training=training,
    workload=_workload,
    checks=CHECKS,
    hints=Hints(tokens=TOKENS, keep=("version",)),
    limits=_LIMITS,
)

PROTOCOL_UDP = ProtocolSpec(
    name=datagrams.NAME,
    title="SOCKS5 UDP relay",
    transport="udp",
    prefix="socks",
    ports=(1080,),
    decoder=datagrams.DatagramDecoder,
    encode=encode,
    probe=datagrams.probe,
)
