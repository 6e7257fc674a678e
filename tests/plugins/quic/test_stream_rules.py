"""Limits and sizes of streams, one sender at a time."""

import pytest

from support.quic_packets import CLIENT, SERVER
from workbench_quic import stream_rules
from workbench_quic.frame_items import Numbers, Stream
from workbench_quic.frame_types import Type
from workbench_quic.stream_rules import Parameter, StreamRules

PARAMETERS = {
    Parameter.MAX_DATA: 100,
    Parameter.STREAM_DATA_BIDI_LOCAL: 10,
    Parameter.STREAM_DATA_BIDI_REMOTE: 20,
    Parameter.STREAM_DATA_UNI: 30,
    Parameter.STREAMS_BIDI: 2,
    Parameter.STREAMS_UNI: 1,
}


def sends(rules: StreamRules, stream: int, offset: int, size: int, fin: bool = False) -> list[str]:
    return [section for _, section, _ in rules.data(Stream(0x0E, 0, 1, stream, offset, bytes(size), fin))]


def resets(rules: StreamRules, stream: int, size: int) -> list[str]:
    return [section for _, section, _ in rules.reset(Numbers(Type.RESET_STREAM, 0, 1, (stream, 0, size)))]


@pytest.fixture
def client() -> StreamRules:
    rules = StreamRules(CLIENT)
    rules.allow(PARAMETERS)
    return rules


class TestFinalSizes:
    def test_repeating_the_end_is_no_breach(self, client: StreamRules):
        assert sends(client, 0, 0, 5, True) == []
        assert sends(client, 0, 0, 5, True) == []
        assert sends(client, 0, 2, 2) == []
        assert resets(client, 0, 5) == []

    @pytest.mark.parametrize(("offset", "size", "fin"), [(5, 1, False), (0, 6, True), (0, 4, True)])
    def test_it_never_changes(self, client: StreamRules, offset: int, size: int, fin: bool):
        sends(client, 0, 0, 5, True)
        assert sends(client, 0, offset, size, fin) == ["RFC 9000 4.5"]

    def test_it_is_not_below_what_came(self, client: StreamRules):
        sends(client, 0, 0, 5)
        assert sends(client, 0, 0, 3, True) == ["RFC 9000 4.5"]
        assert resets(StreamRules(CLIENT), 0, 3) == []

    def test_a_reset_says_it_too(self, client: StreamRules):
        sends(client, 0, 0, 5)
        assert resets(client, 0, 4) == ["RFC 9000 4.5"]
        assert resets(client, 4, 7) == []
        assert resets(client, 4, 8) == ["RFC 9000 4.5"]


class TestFlowControl:
    @pytest.mark.parametrize(("stream", "limit"), [(0, 20), (1, 10), (2, 30)])
    def test_of_each_kind_of_stream(self, client: StreamRules, stream: int, limit: int):
        assert sends(client, stream, 0, limit) == []
        assert sends(client, stream, limit, 1) == ["RFC 9000 4.1"]
        assert sends(client, stream, limit + 1, 1) == [], "said once"

    def test_of_the_server(self):
        server = StreamRules(SERVER)
        server.allow(PARAMETERS)
        assert sends(server, 0, 0, 11) == ["RFC 9000 4.1"]
        assert sends(server, 1, 0, 20) == []
        assert sends(server, 3, 0, 31) == ["RFC 9000 4.1"]

    def test_limits_are_raised_and_never_lowered(self, client: StreamRules):
        client.raise_limit(Numbers(Type.MAX_STREAM_DATA, 0, 1, (0, 50)))
        client.raise_limit(Numbers(Type.MAX_STREAM_DATA, 0, 1, (0, 5)))
        assert sends(client, 0, 0, 50) == []
        assert sends(client, 0, 0, 51) == ["RFC 9000 4.1"]

    def test_of_the_connection(self, client: StreamRules):
        client.allow(PARAMETERS | {Parameter.STREAM_DATA_BIDI_REMOTE: 1000})
        assert sends(client, 0, 0, 60) == []
        assert sends(client, 0, 0, 60) == [], "what is repeated does not count"
        assert sends(client, 4, 0, 40) == []
        assert sends(client, 4, 40, 1) == ["RFC 9000 4.1"]
        client.raise_limit(Numbers(Type.MAX_DATA, 0, 1, (200,)))
        assert sends(client, 4, 41, 50) == []

    def test_a_reset_counts_what_was_never_seen(self, client: StreamRules):
        assert resets(client, 0, 21) == ["RFC 9000 4.1"]

    def test_nothing_is_said_before_limits_are_known(self):
        assert sends(StreamRules(CLIENT), 400, 1 << 40, 1000) == []


class TestStates:
    def test_so_many_streams_may_be_opened(self, client: StreamRules):
        assert sends(client, 4, 0, 1) == []
        assert sends(client, 8, 0, 1) == ["RFC 9000 4.6"]
        assert sends(client, 8, 1, 1) == [], "said once"
        assert sends(client, 6, 0, 1) == ["RFC 9000 4.6"]
        client.raise_limit(Numbers(Type.MAX_STREAMS_BIDI, 0, 1, (4,)))
        assert sends(client, 12, 0, 1) == []

    def test_nobody_sends_on_the_peers_one_way_streams(self, client: StreamRules):
        assert sends(client, 3, 0, 1) == ["RFC 9000 19.8"]
        assert resets(client, 7, 0) == ["RFC 9000 19.4"]


class TestLimits:
    def test_so_many_streams_are_watched_and_nothing_is_said_of_others(
        self, client: StreamRules, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(stream_rules, "MOST_WATCHED", 3)
        client.allow(PARAMETERS | {Parameter.STREAMS_BIDI: 1000, Parameter.MAX_DATA: 12})
        for stream in range(0, 40, 4):
            assert sends(client, stream, 0, 1, True) == []
            assert client.count <= 3
        assert sends(client, 0, 0, 15, True) == [], "it was forgotten, and does not count twice"
        client.raise_limit(Numbers(Type.MAX_STREAM_DATA, 0, 1, (0, 50)))
        assert resets(client, 0, 9) == []
        assert client.count <= 3


class TestGoingOn:
    def test_within_limits_it_is_what_data_does(self) -> None:
        one, other = StreamRules(CLIENT), StreamRules(CLIENT)
        for rules in (one, other):
            rules.allow(PARAMETERS)
            assert sends(rules, 0, 0, 2) == []
        assert one.goes_on(0, 5)
        assert sends(other, 0, 2, 3) == []
        for offset in range(5, 60, 5):
            assert sends(one, 0, offset, 5) == sends(other, 0, offset, 5)

    def test_elsewhere_nothing_is_done(self) -> None:
        rules = StreamRules(CLIENT)
        rules.allow(PARAMETERS)
        assert not rules.goes_on(0, 5), "it was not begun"
        assert sends(rules, 0, 0, 2) == []
        assert not rules.goes_on(0, 2), "nothing new"
        assert not rules.goes_on(0, 1 << 40), "too much"
        assert sends(rules, 0, 2, 1, True) == []
        assert not rules.goes_on(0, 4), "it has ended"
