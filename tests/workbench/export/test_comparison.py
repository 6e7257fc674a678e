import pytest

from captures.tshark import TheirField, TheirPacket
from support.exported import toy_source
from workbench.export import comparison as module
from workbench.export.comparison import Difference, compare
from workbench.export.explanations import Explanation
from workbench.export.shapes import plain_value

PING = 4
"""The packet with the first message of the toy protocol."""


def _fields(*more: TheirField) -> tuple[TheirField, ...]:
    return (TheirField("tcp.dstport", 36, 2, "8080"), TheirField("toy.number", 58, 1, "1"), *more)


@pytest.fixture
def compared(tmp_path):
    """Compare the toy capture with packets that are given by number; tshark agrees on the others."""

    def compared(packets, explanations=()):
        with toy_source(tmp_path) as source:
            numbers = source.packets.tolist()
            theirs = [packets.get(number, TheirPacket(number, ("_ws.malformed",), ())) for number in numbers]
            return compare(source, theirs, {"toy"}, explanations, lambda _: None)

    return compared


def _ping(*fields: TheirField, protocols=("eth", "ip", "tcp", "toy")):
    return {PING: TheirPacket(PING, protocols, fields or _fields())}


def test_those_who_agree(compared):
    found = compared(_ping())
    assert (found.counts.total(), found.same, found.malformed) == (0, 2, found.packets - 1)


def test_another_protocol(compared):
    found = compared(_ping(protocols=("eth", "ip", "tcp", "http", "tls")))
    assert found.differences == [Difference(PING, "protocol", "toy", "", "toy")]  # of http nobody here knows anything


def test_another_value_and_another_place(compared):
    found = compared(_ping(TheirField("tcp.dstport", 36, 2, "8081"), TheirField("toy.number", 59, 1, "0x01")))
    assert found.differences == [
        Difference(PING, "value", "tcp.dstport", "8081", "8080"),
        Difference(PING, "range", "toy.number", "59:60", "58:59"),
    ]
    assert found.first["range", "toy.number"] == PING


def test_a_field_without_a_value_says_nothing_else(compared):
    assert compared(_ping(TheirField("tcp.dstport", 36, 2, ""))).counts.total() == 0


def test_what_is_computed_stands_nowhere(compared):
    assert compared(_ping(TheirField("tcp.stream", 34, 0, "0"))).counts == {}


def test_what_only_one_has_counts_where_both_know_it(compared):
    without = TheirPacket(6, ("eth", "ip", "tcp", "toy"), (TheirField("tcp.nobody", 0, 0, "5"),))
    found = compared({**_ping(), 6: without})
    assert set(found.counts) == {("value", "tcp.dstport"), ("value", "toy.number")}
    assert ("value", "tcp.nobody") not in found.counts
    assert found.first["value", "toy.number"] == 6


def test_reasons_take_differences_away(compared):
    found = compared(_ping(TheirField("tcp.dstport", 36, 2, "1")), [Explanation("tcp.*", "because")])
    assert (found.counts.total(), dict(found.explained)) == (0, {"because": 1})


def test_kept_differences_are_bounded_and_all_are_counted(compared, monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    found = compared(_ping(TheirField("tcp.dstport", 36, 2, "1"), TheirField("toy.number", 58, 1, "9")))
    assert len(found.differences) == 1
    assert found.counts.total() == 2


def test_long_values_are_cut_and_control_characters_do_not_count(compared):
    found = compared(_ping(TheirField("tcp.dstport", 36, 2, "x" * 10_000)))
    assert len(found.differences[0].theirs) == module.LONGEST_SHOWN
    assert module._spelled("a\r\n\x1b b ") == module._spelled("a  b")


@pytest.mark.parametrize(
    ("one", "other"),
    [("0x0010", "16"), ("01:ab", "01ab"), ("True", "1"), ("text", "text"), ("0xzz", "0xzz"), ("0x" + "f" * 2000,) * 2],
)
def test_one_spelling(one, other):
    assert plain_value(one) == plain_value(other)


def test_packets_that_tshark_does_not_have_are_counted(tmp_path):
    with toy_source(tmp_path) as source:
        found = compare(source, [TheirPacket(1, ("eth", "ip", "tcp"), ())], {"toy"}, (), lambda _: None)
        assert (found.packets, found.unseen) == (1, len(source.packets) - 1)
