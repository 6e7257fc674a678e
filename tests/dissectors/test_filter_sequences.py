from dissectors.filter_sequences import sequences
from dissectors.filter_view import header_values
from support.pcap import tcp_frames, write_pcap
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def _opened(path, frames):
    from captures.capture import open_capture

    return open_capture(write_pcap(path / "x.pcap", frames))


def test_numbers_count_from_the_handshake(tmp_path):
    frames = tcp_frames([(UP, b"12345"), (DOWN, b"1234567")])
    with _opened(tmp_path, frames) as capture:
        capture.grow()
        told = [
            (int(row.value) if row else None)
            for row in (header_values(capture, n)["tcp.seq"][0] for n in range(1, len(frames) + 1))
        ]
        assert told[:2] == [0, 0]  # both SYN
        assert max(told) == 9 or 6 in told
        acks = [header_values(capture, n)["tcp.ack"][0].value for n in range(1, len(frames) + 1)]
        assert {1, 6, 8} <= set(acks)


def test_without_a_handshake_they_count_from_what_is_seen_first(tmp_path):
    frames = tcp_frames([(UP, b"12345"), (DOWN, b"1234567")])[3:]
    with _opened(tmp_path, frames) as capture:
        capture.grow()
        assert header_values(capture, 1)["tcp.seq"][0].value == 1
        assert header_values(capture, 1)["tcp.ack"][0].value == 1


def test_growing_changes_nothing_that_was_told(tmp_path):
    frames = tcp_frames([(UP, b"1")]) + tcp_frames([(UP, b"22")], client=Endpoint("10.0.0.9", 1))
    with _opened(tmp_path, frames) as capture:
        import numpy as np

        capture.grow(4)
        known = sequences(capture.index)
        before = known.columns(np.arange(4))[0].tolist()
        capture.grow()
        assert sequences(capture.index) is known
        assert known.columns(np.arange(len(frames)))[0].tolist()[:4] == before
