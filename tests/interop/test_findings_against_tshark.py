"""A finding's capture, read by Wireshark's own dissector of packets and their options."""

import json
import subprocess

from fuzzers.model import Ending, Execution, Mutation
from fuzzers.traffic import ENTERPRISE, write_traffic
from support.shared import tool
from support.tiny import TINY, packet
from workbench.api import Direction

MUTATION = Mutation("value.boundary.rebuilt", 1, "id", "9", "1")
SAID = packet(1, "echo", text=b"a"), packet(2, "bye")


def fields(path, *names: str) -> list[list[str]]:
    words = [word for name in names for word in ("-e", name)]
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", "-E", "aggregator=;", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_the_mutated_field_is_in_the_options_of_its_packet(tmp_path):
    path = tmp_path / "traffic.pcapng"
    turns = tuple((Direction.TO_SERVER, raw) for raw in SAID)
    write_traffic(path, TINY, Execution(turns, Ending.CRASHED), "crash: boom", [(1, MUTATION)])
    shown = fields(path, "tcp.payload", "frame.comment")
    assert shown[0] == ["", "crash: boom"]
    assert [comment for payload, comment in shown if payload == SAID[1].hex()] == [f"fuzz: {MUTATION}"]
    assert [comment for payload, comment in shown if payload == SAID[0].hex()] == [""]
    raw = path.read_bytes()
    told = json.dumps({"fuzz.mutation": {"kind": MUTATION.kind, "path": "id", "before": "9", "after": "1"}}).encode()
    assert raw.count(ENTERPRISE.to_bytes(4, "little") + told) == 1


def test_each_connection_is_a_stream(tmp_path):
    path = tmp_path / "traffic.pcapng"
    turns = tuple((Direction.TO_SERVER, raw) for raw in SAID)
    write_traffic(path, TINY, Execution(turns, Ending.OPEN, lanes=(0, 1)), "state: odd")
    said = {payload: stream for stream, payload in fields(path, "tcp.stream", "tcp.payload") if payload}
    assert said == {SAID[0].hex(): "0", SAID[1].hex(): "1"}
    expert = fields(path, "tcp.analysis.flags")
    assert not any(flag for (flag,) in expert)
