from dataclasses import replace

from captures import open_capture
from dissectors import dissect, parse_decode_as
from fuzzers.model import Ending, Execution, Mutation
from fuzzers.traffic import write_traffic
from support.tiny import TINY, TOKEN, packet
from workbench.api import Direction, StreamData
from workbench_quic.hq import PROTOCOL_HQ

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT
TURNS = ((TO_SERVER, packet(1, "echo", text=b"a")), (TO_CLIENT, packet(1, "echo", text=b"a")), (TO_SERVER, packet(2, "bye")))
MUTATION = Mutation("value.boundary.rebuilt", 0, "id", "9", "1")


def test_a_capture_that_reads_back(tmp_path):
    path = tmp_path / "traffic.pcapng"
    write_traffic(path, TINY, Execution(TURNS, Ending.OPEN), "crash: boom", [(1, MUTATION)])
    with open_capture(path) as capture:
        messages = list(dissect(capture, (TINY,)))
        comments = {number: capture.packet(number).comments for number in range(1, len(capture.index) + 1)}
    assert [(message.direction, message.raw) for message in messages] == list(TURNS)
    assert comments[1] == ("crash: boom",)
    told = [number for number, texts in comments.items() if texts == (f"fuzz: {MUTATION}",)]
    assert told == [messages[2].packet]


def test_several_connections_are_several_streams(tmp_path):
    path = tmp_path / "traffic.pcapng"
    write_traffic(path, TINY, Execution(TURNS, Ending.OPEN, lanes=(0, 0, 1)), "crash: boom", [(1, MUTATION)])
    with open_capture(path) as capture:
        messages = list(dissect(capture, (TINY,)))
        told = [number for number in range(1, len(capture.index) + 1) if f"fuzz: {MUTATION}" in capture.packet(number).comments]
    assert [(message.stream, message.raw) for message in messages] == [(0, TURNS[0][1]), (0, TURNS[1][1]), (1, TURNS[2][1])]
    assert told == [messages[2].packet]


def test_the_secret_session_comes_first(tmp_path):
    path = tmp_path / "traffic.pcapng"
    write_traffic(path, TINY, Execution(TURNS, Ending.OPEN, secret=True), "leak")
    with open_capture(path) as capture:
        messages = list(dissect(capture, (TINY,)))
    assert [message.stream for message in messages] == [0, 1, 1, 1]
    assert TOKEN in messages[0].raw


def test_equal_findings_make_equal_files(tmp_path):
    for name in ("a", "b"):
        write_traffic(tmp_path / name, TINY, Execution(TURNS, Ending.CLOSED), "x")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_datagrams(tmp_path):
    path = tmp_path / "traffic.pcapng"
    udp = replace(TINY, transport="udp")
    write_traffic(path, udp, Execution(TURNS, Ending.OPEN), "x", [(0, MUTATION)])
    with open_capture(path) as capture:
        assert [message.raw for message in dissect(capture, (udp,))] == [data for _, data in TURNS]
        assert capture.packet(1).comments == (f"fuzz: {MUTATION}",)


def test_what_a_carrier_carries_is_written_without_it(tmp_path):
    """HTTP/3 in QUIC: the frames in datagrams, however long, and how to read them in the file's comment."""
    path = tmp_path / "traffic.pcapng"
    frames = bytes(StreamData(0, b"GET /\r\n", True)), bytes(StreamData(0, bytes(200_000), True))
    turns = (TO_SERVER, frames[0]), (TO_CLIENT, frames[1])
    write_traffic(path, PROTOCOL_HQ, Execution(turns, Ending.OPEN), "crash: boom", [(0, MUTATION)])
    with open_capture(path) as capture:
        messages = list(dissect(capture, (PROTOCOL_HQ,), decode_as=[parse_decode_as("udp.port==9,hq", (PROTOCOL_HQ,))]))
        assert capture.packet(1).comments == (f"fuzz: {MUTATION}",)
        assert "--decode-as udp.port==9,hq" in capture.comments[0]
    assert [(message.label, message.raw) for message in messages] == [("data", frames[0]), ("data", frames[1])]
    assert [len(message.packets) for message in messages] == [1, 4]
