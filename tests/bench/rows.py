"""The comparisons: what a user would run instead, what we run, and how to see that both said the same."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TSHARK = ("tshark", "-n")
# without this tshark loses reordered TCP data, and would be compared at less work
REORDER = ("-o", "tcp.reassemble_out_of_order:TRUE")
HTTP_FIELDS = ("http.request.method", "http.request.uri", "http.request.version", "http.response.code", "http.response.phrase")


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


def _same_http(theirs: bytes, ours: bytes) -> None:
    wanted: Counter[tuple[str, str]] = Counter()
    for line in theirs.decode().splitlines():
        for name, cell in zip(HTTP_FIELDS, line.split("\t"), strict=True):
            wanted.update((name, value) for value in cell.split(",") if value)
    found: Counter[tuple[str, str]] = Counter()
    for line in ours.decode().splitlines():
        fields = json.loads(line)["fields"]
        found.update((name, str(fields[name])) for name in HTTP_FIELDS if name in fields)
    assert wanted == found, f"only the peer: {(wanted - found).most_common(3)}; only ours: {(found - wanted).most_common(3)}"


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
            "HTTP/1.1 messages with all fields, against five with -T fields",
            "http1",
            lambda file: [*TSHARK, *REORDER, "-r", str(file), "-Y", "http", *_fields(*HTTP_FIELDS)],
            lambda file: [workbench, "dissect", str(file), "--format", "ndjson"],
            _same_http,
        ),
    ]
