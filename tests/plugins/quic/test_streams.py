"""Many streams within one budget: each is read in order, floods and holes cost no more than the named limits."""

import tracemalloc

import pytest

from workbench_quic import streams as module
from workbench_quic.ordered import Run
from workbench_quic.streams import Streams


class TestReading:
    def test_streams_do_not_know_each_other(self) -> None:
        streams = Streams()
        assert streams.add(0, 0, b"one").runs == (Run(0, b"one"),)
        assert streams.add(4, 0, b"two", True).runs == (Run(0, b"two", True),)
        assert streams.add(0, 3, b"more").runs == (Run(0, b"more"),)

    def test_an_ended_stream_stays_ended(self) -> None:
        streams = Streams()
        streams.add(0, 0, b"one", True)
        again = streams.add(0, 0, b"one", True)
        assert (again.runs, again.repeated) == ((), 3)
        assert len(streams) == 0

    def test_a_reset_stream_gives_nothing_more(self) -> None:
        streams = Streams()
        streams.add(0, 5, b"later")
        assert streams.reset(0)
        assert streams.cost == 0
        assert streams.add(0, 0, b"first").runs == ()
        assert not streams.reset(0)

    def test_the_place_of_the_next_bytes(self) -> None:
        streams = Streams()
        assert streams.place(0) == 0
        streams.add(0, 0, b"one")
        streams.add(0, 5, b"later")
        assert streams.place(0) == 3
        streams.add(0, 3, b"--")
        assert streams.place(0) == 10

    def test_finish_gives_what_waits(self) -> None:
        streams = Streams()
        streams.add(0, 5, b"later")
        streams.add(4, 0, b"at once")
        assert [(stream, added.runs) for stream, added in streams.finish()] == [(0, (Run(5, b"later"),))]
        assert streams.cost == 0


class TestLimits:
    def test_the_stream_idle_for_longest_is_let_go_and_goes_on_where_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_OPEN", 2)
        streams = Streams()
        streams.add(0, 0, b"abc")
        streams.add(0, 9, b"lost")
        streams.add(4, 0, b"x")
        streams.add(8, 0, b"y")
        assert len(streams) == 2
        assert streams.cost == 0
        assert streams.add(0, 3, b"def").runs == (Run(0, b"def"),)

    def test_all_streams_share_a_budget(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "CONNECTION_BYTES", 1000)
        streams = Streams()
        for stream in range(0, 400, 4):
            streams.add(stream, 10, bytes(100))
            assert streams.cost <= 1000

    def test_only_so_many_are_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_KNOWN", 3)
        streams = Streams()
        for stream in range(0, 40, 4):
            streams.add(stream, 0, b"x", True)
        assert streams.add(36, 0, b"x").runs == ()
        assert streams.add(0, 0, b"x").runs == (Run(0, b"x"),), "it was forgotten, and is a new one"

    @pytest.mark.parametrize(
        ("each", "size", "most"),
        [
            pytest.param(lambda number: (4 * number, 0, True), 1, 24, id="streams that end"),
            pytest.param(lambda number: (4 * number, 0, False), 1, 24, id="streams that stay open"),
            pytest.param(lambda number: (4 * number, 10, False), 1000, 36, id="streams with holes"),
            pytest.param(lambda number: (0, 2 * number + 1, False), 1, 8, id="holes of one byte"),
            pytest.param(lambda number: (4 * (number % 512), 2 * number + 1, False), 1, 36, id="holes in many streams"),
        ],
    )
    def test_floods_stay_within_their_limits(self, each: object, size: int, most: int) -> None:
        streams = Streams()
        assert callable(each)
        tracemalloc.start()
        try:
            for number in range(70_000):  # more than any of the limits
                stream, offset, fin = each(number)
                streams.add(stream, offset, bytes(size), fin)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < most * 1024 * 1024


class TestGoingOn:
    def test_the_next_bytes_of_a_stream(self) -> None:
        streams, plain = Streams(), Streams()
        assert streams.following(0, 0) is None, "nothing is known of it"
        for one in (streams, plain):
            one.add(0, 0, b"one")
            one.add(4, 0, b"four")
        bytes_of = streams.following(0, 3)
        assert bytes_of is not None
        streams.append(0, bytes_of, b"two")
        plain.add(0, 3, b"two")
        for one in (streams, plain):
            assert one.place(0) == 6
            assert one.add(0, 2, b"eTWO").conflict == 3, "what was given is remembered"

    def test_streams_that_do_not_simply_go_on(self) -> None:
        streams = Streams()
        streams.add(0, 0, b"one")
        assert streams.following(0, 2) is None
        assert streams.following(0, 4) is None
        streams.add(0, 5, b"later")
        assert streams.following(0, 3) is None, "more than these bytes may become readable"
        streams.add(4, 5, b"end", True)
        streams.add(4, 0, b"12")
        assert streams.following(4, 2) is None

    def test_the_stream_heard_of_last_is_let_go_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_OPEN", 2)
        streams = Streams()
        for stream in (0, 4):
            streams.add(stream, 0, b"x")
        bytes_of = streams.following(0, 1)
        assert bytes_of is not None
        streams.append(0, bytes_of, b"y")
        streams.add(8, 0, b"x")
        assert streams.following(0, 2) is not None
        assert streams.following(4, 1) is None
