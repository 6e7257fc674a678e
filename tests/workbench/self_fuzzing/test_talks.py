from pathlib import Path

import pytest

from captures.pcapng_writer import PcapngWriter
from captures.synthesis import TcpConversation
from support.toy import TOY, toy_message
from workbench.api import CaptureError, Direction, Endpoint
from workbench.registry import load
from workbench.self_fuzzing.talks import MOST_BYTES, Turn, talks_of

SAMPLES = Path(__file__).parents[3] / "captures" / "samples"


def test_seeds_come_with_the_replies_of_the_server():
    talks = talks_of(TOY, (TOY,), ())
    assert [talk.origin for talk in talks] == ["seed 'one'", "seed 'two'"]
    assert [turn.direction for turn in talks[1].turns] == [Direction.TO_SERVER, Direction.TO_CLIENT] * 2
    assert talks[0].turns[1].data == toy_message("pong", 1, b"hello")


def test_a_flow_of_a_capture_is_taken_with_its_losses(tmp_path):
    path = tmp_path / "toy.pcapng"
    talk = TcpConversation(Endpoint("127.0.0.1", 40000), Endpoint("127.0.0.1", 7777))
    request, lost = toy_message("ping", 9, b"again"), toy_message("ping", 8, b"lost")
    frames = [*talk.open(), *talk.send(Direction.TO_SERVER, request)]
    talk.send(Direction.TO_SERVER, lost)
    frames += [*talk.send(Direction.TO_SERVER, request), *talk.close(Direction.TO_SERVER), *talk.close(Direction.TO_CLIENT)]
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("lo")
        for number, frame in enumerate(frames):
            writer.packet(number, frame)
        writer.flush()
    (captured,) = (found for found in talks_of(TOY, (TOY,), (path,)) if found.origin.startswith("toy.pcapng"))
    assert captured.protocol == "toy"
    assert captured.turns == (
        Turn(Direction.TO_SERVER, request),
        Turn(Direction.TO_SERVER, request, gap=len(lost)),
    )


def test_what_travelled_inside_is_taken_with_its_keys_and_alone():
    specs = load().specs
    http2 = next(spec for spec in specs if spec.name == "http2")
    sample = next(path for path in sorted(SAMPLES.glob("*.pcapng")) if "http2" in path.name and "tls" in path.name)
    talks = [talk for talk in talks_of(http2, specs, (sample,)) if talk.origin.startswith(sample.name)]
    assert {talk.protocol for talk in talks} == {"tls", "http2"}
    assert all(talk.secrets for talk in talks if talk.protocol == "tls")


def test_long_conversations_are_cut():
    spec = next(spec for spec in load().specs if spec.name == "http1")
    assert all(sum(len(turn.data) for turn in talk.turns) <= MOST_BYTES for talk in talks_of(spec, (spec,), ()))


def test_a_file_that_is_no_capture(tmp_path):
    with pytest.raises(CaptureError, match="neither pcap"):
        talks_of(TOY, (TOY,), (Path(__file__),))
