from dissectors.filter_columns import Block
from dissectors.filter_rows import BLOCK, Rows, exact
from dissectors.filter_view import View
from dissectors.filters import parse_filter
from support.filter_capture import frames, opened
from support.pcap import udp_frames, write_pcap
from workbench.api import Direction


def test_answers_of_columns_and_headers_are_exact_for_odd_packets_too(tmp_path):
    with opened(tmp_path) as capture:
        for text in ("udp.port == 53", "ip.src == 10.0.0.1", "ip.ttl == 3", "udp", "tcp.options.mss_val"):
            (question,) = parse_filter(text, ()).questions
            rows = Rows(capture)
            told = [rows.answer(row, question) for row in range(len(frames()))]
            assert told == [question.holds(View(rows.headers(row))) for row in range(len(frames()))]
            if question.exact is not None:
                assert exact(question, Block(capture, 0, len(frames())), rows).tolist() == told


def test_headers_are_taken_apart_once(tmp_path):
    with opened(tmp_path) as capture:
        rows = Rows(capture)
        assert rows.headers(3) is rows.headers(3)


def test_a_capture_that_grows_is_asked_again(tmp_path):
    from captures.capture import open_capture

    path = write_pcap(tmp_path / "x.pcap", udp_frames([(Direction.TO_SERVER, b"x")] * 4))
    with open_capture(path) as capture:
        capture.grow(2)
        rows = Rows(capture)
        (question,) = parse_filter("udp", ()).questions
        assert rows.answer(1, question)
        capture.grow()
        assert rows.answer(3, question)
        assert BLOCK > 4
