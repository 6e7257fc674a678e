"""Every frame type with numbers of every size, protected in 1-RTT packets: tshark and we must say the same of each, field by field."""

import subprocess
from pathlib import Path
from random import Random

import pytest

from captures import open_capture
from captures.pcapng_writer import PcapngWriter
from dissectors import dissect
from dissectors.paths import flatten
from support.agreement import plain
from support.pcap import udp_frames
from support.quic_wire import CLIENT, SERVER, Wire
from support.shared import tool
from workbench import registry
from workbench.api import Endpoint, varint
from workbench_quic.control_frames import NUMBERS
from workbench_quic.frame_types import Type

PACKETS = 120
EACH = 4

SHOWN = {
    "": ("frame_type", "padding_length", "stream_data", "dg"),
    "ack.": (
        "largest_acknowledged",
        "ack_delay",
        "ack_range_count",
        "first_ack_range",
        "gap",
        "ack_range",
        "ect0_count",
        "ecn_ce_count",
    ),
    "rsts.": ("stream_id", "application_error_code", "final_size"),
    "ss.": ("stream_id", "application_error_code"),
    "crypto.": ("offset", "length"),
    "nt.": ("length", "token"),
    "stream.": ("fin", "len", "off", "stream_id", "initiator", "direction", "offset", "length"),
    "md.": ("maximum_data",),
    "msd.": ("stream_id", "maximum_stream_data"),
    "ms.": ("max_streams",),
    "sb.": ("stream_data_limit",),
    "sdb.": ("stream_id",),
    "sib.": ("stream_limit",),
    "nci.": ("retire_prior_to", "sequence", "connection_id.length", "connection_id", "stateless_reset_token"),
    "rci.": ("sequence",),
    "path_challenge.": ("data",),
    "path_response.": ("data",),
    "cc.": ("error_code", "error_code.app", "error_code.tls_alert", "frame_type", "reason_phrase.length", "reason_phrase"),
    "dg.": ("length",),
}
FIELDS = tuple(f"quic.{prefix}{name}" for prefix, names in SHOWN.items() for name in names)
"""What tshark 4.0 shows of frames; it has no RESET_STREAM_AT, and an older form of ACK_FREQUENCY."""

NEWER = (Type.RESET_STREAM_AT, Type.ACK_FREQUENCY, Type.TIMESTAMP)
LAST = (Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP)


class Made:
    """Frames with random content."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def number(self) -> bytes:
        return varint(self.random.getrandbits(self.random.choice((3, 6, 14, 30, 60))))

    def data(self) -> bytes:
        return self.random.randbytes(self.random.randrange(1, 30))

    def sized(self) -> bytes:
        data = self.data()
        return varint(len(data)) + data

    def ack(self, kind: int) -> bytes:
        count = self.random.randrange(4)
        parts = [varint(1 << 40), self.number(), varint(count), varint(self.random.randrange(1 << 30))]
        parts += [varint(self.random.randrange(1 << self.random.choice((5, 13, 29)))) for _ in range(2 * count)]
        parts += [self.number() for _ in range(3 * (kind == Type.ACK_ECN))]
        return b"".join(parts)

    def stream(self, kind: int) -> bytes:
        offset = self.number() if kind & 4 else b""
        return varint(4 * self.random.randrange(50, 90_000)) + offset + self.sized()

    def connection_id(self) -> bytes:
        cid = self.random.randbytes(self.random.randrange(1, 21))
        return varint(1000) + varint(self.random.randrange(1000)) + bytes((len(cid),)) + cid + self.random.randbytes(16)

    def close(self, kind: int) -> bytes:
        code = varint(self.random.choice((0, 0x0A, 0x0128, 0x1234)))
        blamed = varint(self.random.choice((0, 6, 0x1C))) if kind == Type.CONNECTION_CLOSE else b""
        return code + blamed + varint(5) + b"cause"

    def frame(self, kind: int) -> bytes:
        made = {
            Type.PADDING: lambda: bytes(self.random.randrange(9)),
            Type.CRYPTO: lambda: varint(self.random.randrange(1 << 14, 1 << 30)) + self.sized(),
            Type.NEW_TOKEN: self.sized,
            Type.NEW_CONNECTION_ID: self.connection_id,
            Type.PATH_CHALLENGE: lambda: self.random.randbytes(8),
            Type.PATH_RESPONSE: lambda: self.random.randbytes(8),
            Type.DATAGRAM_LEN: self.sized,
        }
        head = varint(kind)
        if kind in NUMBERS:
            return head + b"".join(self.number() for _ in NUMBERS[kind])
        if kind in (Type.ACK, Type.ACK_ECN):
            return head + self.ack(kind)
        if Type.STREAM <= kind < Type.STREAM + 8:
            return head + self.stream(kind)
        if kind in LAST:
            return head + self.close(kind)
        return head + (made[kind]() if kind in made else b"")


def payloads(made: Made) -> list[bytes]:
    middle = [*range(Type.PING, Type.MAX_DATA), *(kind for kind in NUMBERS if kind not in NEWER)]
    middle += [Type.NEW_CONNECTION_ID, Type.PATH_CHALLENGE, Type.PATH_RESPONSE, Type.HANDSHAKE_DONE, Type.DATAGRAM_LEN]
    kinds = [kind for kind in middle if not Type.STREAM <= kind < Type.STREAM + 8 or kind & 2]  # with a length
    found = []
    for number in range(PACKETS):
        # in turn, so that each comes often and before each other
        chosen = [kinds[(number * (place + 1) + place) % len(kinds)] for place in range(EACH)]
        found.append(b"".join(map(made.frame, chosen)) + made.frame(Type.PADDING))
    # sent with more behind them they would close the connection for tshark
    found += [made.frame(kind) for kind in LAST for _ in range(4)]
    return found


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wire = Wire()
    turns = wire.opening()
    for number, payload in enumerate(payloads(Made(7))):
        role = SERVER if number % 3 else CLIENT
        turns.append((role, wire.short(role, payload)))
    path = tmp_path_factory.mktemp("quic") / "frames.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("test")
        writer.secrets("".join(f"{label} {who.hex()} {secret.hex()}\n" for (label, who), secret in wire.keylog.items()).encode())
        for number, packet in enumerate(udp_frames(turns, server=Endpoint("192.0.2.2", 443))):
            writer.packet(number * 1_000_000, packet)
    return path


def test_all_frames(capture: Path):
    words = [tool("tshark"), "-n", "-r", str(capture), "-T", "fields", "-E", "separator=/t", "-E", "aggregator=|"]
    words += [word for name in FIELDS for word in ("-e", name)]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    with open_capture(capture) as opened:
        ours = {
            message.packet: flatten(message) for message in dissect(opened, registry.load().specs) if message.protocol == "quic"
        }
    compared = 0
    for packet, line in list(enumerate(lines, 1))[2:]:
        flat = ours[packet]
        for name, cell in zip(FIELDS, line.split("\t"), strict=True):
            value = flat.get(name, [])
            mine = [plain(each) for each in (value if isinstance(value, list) else [value])]
            theirs = [plain(each) for each in cell.split("|") if each]
            assert mine == theirs, f"packet {packet}, {name}"
            compared += len(mine)
    assert compared > 10 * PACKETS
