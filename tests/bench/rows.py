"""The comparisons: what a user would run instead, what we run, and how to see that both said the same."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quic_fields import QUIC_FIELDS

TSHARK = ("tshark", "-n")
# without this tshark loses reordered TCP data, and would be compared at less work
REORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
LUA = ("-X", f"lua_script:{Path(__file__).with_name('streambus.lua')}")


@dataclass(frozen=True, slots=True)
class Messages:
    """A capture of one protocol: what tshark must be told, the filter for its messages, and fields that both print."""

    workload: str
    title: str
    display: str
    fields: tuple[str, ...]
    options: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Our name of a field where it differs."""
    common: tuple[str, ...] = ()
    """All fields that both print, where a few columns are much less work than that."""
    layers: tuple[str, ...] = ()
    """What to print whole as JSON lines, where the peer is compared at that, too: then both say all they know."""


MESSAGES = (
    Messages(
        "http1",
        "HTTP/1.1",
        "http",
        ("http.request.method", "http.request.uri", "http.request.version", "http.response.code", "http.response.phrase"),
    ),
    Messages("http2", "HTTP/2", "http2", ("http2.type", "http2.streamid", "http2.headers.path", "http2.headers.status")),
    Messages("websocket", "WebSocket", "websocket", ("websocket.opcode", "websocket.mask", "websocket.payload_length")),
    Messages(
        "streambus",
        "streambus (CRC-framed; a Lua script in the peer)",
        "bench_bus",
        ("bench_bus.length", "bench_bus.id", "bench_bus.crc"),
        LUA,
        {"bench_bus.length": "streambus.length", "bench_bus.id": "streambus.request_id", "bench_bus.crc": "streambus.crc"},
    ),
    Messages(
        "dns",
        "DNS",
        "dns",
        (
            "dns.flags.rcode",
            "dns.count.answers",
            "dns.qry.name",
            "dns.qry.type",
            "dns.resp.type",
            "dns.resp.ttl",
            "dns.a",
            "dns.aaaa",
        ),
    ),
    Messages(
        "quic",
        "QUIC (decrypted, HTTP/3 inside)",
        "quic",
        ("quic.packet_number", "quic.frame_type", "quic.stream.stream_id", "quic.stream.offset", "quic.ack.largest_acknowledged"),
        common=QUIC_FIELDS,
        layers=("quic", "tls", "http3"),
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `same` raises AssertionError where the two outputs do not say the same."""

    name: str
    workload: str
    peer: Callable[[Path], list[str]]
    ours: Callable[[Path], list[str]]
    same: Callable[[bytes, bytes], None]


def _fields(*names: str) -> list[str]:
    return ["-T", "fields", *(word for name in names for word in ("-e", name))]


def _same_count(theirs: bytes, ours: bytes) -> None:
    assert theirs.count(b"\n") == json.loads(ours)["packets"]


LIST_FIELDS = (
    "frame.number",
    "frame.len",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tcp.len",
    "vlan.id",
)


def _same_list(theirs: bytes, ours: bytes) -> None:
    for line, mine in zip(theirs.decode().splitlines(), ours.decode().splitlines(), strict=True):
        packet = json.loads(mine)
        values = [packet.get(name) for name in LIST_FIELDS]
        shown = [
            "" if value is None else ",".join(map(str, value)) if isinstance(value, list) else str(value) for value in values
        ]
        assert line.split("\t") == shown, f"{line!r} is not {shown!r}"


HEADERS = ("eth", "vlan", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6")
_LEVEL = re.compile(r"( *)(\S+) +frames:(\d+) bytes:(\d+)")


def _same_hierarchy(theirs: bytes, ours: bytes) -> None:
    """The headers: what is above the transports tshark dissects too, we with --fast do not."""
    wanted: dict[tuple[str, ...], tuple[int, int]] = {}
    above: list[str] = []
    for line in theirs.decode().splitlines():
        if level := _LEVEL.fullmatch(line.rstrip()):
            above = [*above[: len(level[1]) // 2], level[2]]
            if set(above) <= set(HEADERS):
                wanted[tuple(above)] = int(level[3]), int(level[4])
    found: dict[tuple[str, ...], tuple[int, int]] = {}

    def walk(level: dict[str, Any], path: tuple[str, ...]) -> None:
        for child in level["children"]:
            found[(*path, child["name"])] = child["packets"], child["bytes"]
            walk(child, (*path, child["name"]))

    walk(json.loads(ours)["hierarchy"], ())
    assert wanted == found, f"{wanted} is not {found}"


def _same_talks(theirs: bytes, ours: bytes) -> None:
    wanted: Counter[tuple[frozenset[tuple[str, int]], int]] = Counter()
    for line in theirs.decode().splitlines():
        if "<->" in line:
            one, _, other, back, _, _, out, _, _, total, *_ = line.split()
            wanted[frozenset(((one, int(out)), (other, int(back)))), int(total)] += 1
    found: Counter[tuple[frozenset[tuple[str, int]], int]] = Counter()
    for talk in json.loads(ours)["talks_tcp"]:
        one, other = (talk[name].replace("[", "").replace("]", "") for name in ("one", "other"))
        out, back = talk["packets_out"], talk["packets_back"]
        found[frozenset(((one, out), (other, back))), out + back] += 1
    assert wanted == found, f"only the peer: {(wanted - found).most_common(2)}; only ours: {(found - wanted).most_common(2)}"


def _same_number_of_lines(theirs: bytes, ours: bytes) -> None:
    """The list has a line for each packet, and the last of our messages is on one of them; what they say is compared with the fields."""
    last, packets = json.loads(ours.splitlines()[-1])["packet"], theirs.count(b"\n")
    assert last <= packets, f"a message on packet {last} of {packets}"


def _same_fields(what: Messages, names: tuple[str, ...]) -> Callable[[bytes, bytes], None]:
    def same(theirs: bytes, ours: bytes) -> None:
        wanted: Counter[tuple[str, str]] = Counter()
        for line in theirs.decode().splitlines():
            for name, cell in zip(names, line.split("\t"), strict=True):
                wanted.update((name, value) for value in cell.split(",") if value)
        found: Counter[tuple[str, str]] = Counter()
        for line in ours.decode().splitlines():
            fields = json.loads(line)["fields"]
            for name in names:
                value = fields.get(what.renamed.get(name, name))
                values = value if isinstance(value, list) else [] if value is None else [value]
                found.update((name, str(int(each)) if isinstance(each, bool) else str(each)) for each in values)
        assert wanted == found, f"only the peer: {(wanted - found).most_common(3)}; only ours: {(found - wanted).most_common(3)}"

    return same


def _same_objects(what: Messages) -> Callable[[bytes, bytes], None]:
    """The peer's objects as the table that `-T fields` would have printed; in them a field's layer stands before its name."""

    def same(theirs: bytes, ours: bytes) -> None:
        keys = {f"{name.partition('.')[0]}_{name.replace('.', '_')}": place for place, name in enumerate(what.fields)}
        rows = []
        for line in theirs.decode().splitlines()[1::2]:  # each is announced by a line of its own
            cells: list[list[str]] = [[] for _ in what.fields]
            _collect(json.loads(line)["layers"], keys, cells)
            rows.append("\t".join(",".join(cell) for cell in cells))
        _same_fields(what, what.fields)("\n".join(rows).encode(), ours)

    return same


def _collect(value: Any, keys: Mapping[str, int], cells: list[list[str]]) -> None:
    for key, child in value.items():
        if key in keys:
            cells[keys[key]] += map(str, child if isinstance(child, list) else [child])
        for deeper in child if isinstance(child, list) else [child]:
            if isinstance(deeper, dict):
                _collect(deeper, keys, cells)


def _message_rows(workbench: str, what: Messages) -> list[Row]:
    peer = [*TSHARK, *REORDER, *what.options]

    def ours(file: Path) -> list[str]:
        return [workbench, "dissect", str(file), "--format", "ndjson"]

    return [
        Row(
            f"{what.title} messages, all fields, against the packet list",
            what.workload,
            lambda file: [*peer, "-r", str(file)],
            ours,
            _same_number_of_lines,
        ),
        *(
            Row(
                f"{what.title} messages, all fields, against {len(names)} with -T fields",
                what.workload,
                lambda file, names=names: [*peer, "-r", str(file), "-Y", what.display, *_fields(*names)],  # type: ignore[misc]
                ours,
                _same_fields(what, names),
            )
            for names in (what.fields, what.common)
            if names
        ),
        *(
            Row(
                f"{what.title} messages, all fields, against all fields with -T ek",
                what.workload,
                lambda file: [*peer, "-r", str(file), "-Y", what.display, "-T", "ek", "-J", " ".join(what.layers)],
                ours,
                _same_objects(what),
            )
            for _ in what.layers[:1]
        ),
    ]


def rows(workbench: str) -> list[Row]:
    """All comparisons, with `workbench` as the command to run."""
    return [
        Row(
            "open and index, against the packet list",
            "mixed",
            lambda file: [*TSHARK, "-r", str(file)],
            lambda file: [workbench, "info", str(file), "--json"],
            _same_count,
        ),
        Row(
            "packet list, against -T fields",
            "mixed",
            lambda file: [*TSHARK, "-r", str(file), *_fields(*LIST_FIELDS)],
            lambda file: [workbench, "list", str(file), "--format", "ndjson"],
            _same_list,
        ),
        Row(
            "protocol hierarchy down to transports, against -z io,phs",
            "mixed",
            lambda file: [*TSHARK, "-q", "-r", str(file), "-z", "io,phs"],
            lambda file: [workbench, "stats", str(file), "--fast", "hierarchy", "--json"],
            _same_hierarchy,
        ),
        Row(
            "TCP conversations, all of them, against -z conv,tcp",
            "mixed",
            lambda file: [*TSHARK, "-q", "-r", str(file), "-z", "conv,tcp"],
            lambda file: [workbench, "stats", str(file), "--fast", "--top", "10000000", "--set", "talks.layer=tcp", "--json"],
            _same_talks,
        ),
        *(row for what in MESSAGES for row in _message_rows(workbench, what)),
    ]
