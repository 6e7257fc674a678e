from support.messages import message
from workbench.analysis import exchanges
from workbench.analysis.exchanges import Exchanges
from workbench.api import Direction

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


def test_a_response_finds_its_request():
    pairs = Exchanges()
    assert pairs.add(message(TO_SERVER, exchange=1, label="get", summary="GET /", packet=3, time_ns=100)) is None
    assert pairs.add(message(TO_SERVER, exchange=2, label="put", packet=4, time_ns=150)) is None
    found = pairs.add(message(TO_CLIENT, exchange=2, label="ok", summary="fine", packet=5, time_ns=175))
    assert (found.label, found.latency_ns, found.request_packet, found.response_packet) == ("put", 25, 4, 5)
    found = pairs.add(message(TO_CLIENT, exchange=1, packet=6, time_ns=400))
    assert (found.label, found.latency_ns, found.request) == ("get", 300, "GET /")


def test_streams_and_protocols_do_not_mix():
    pairs = Exchanges()
    pairs.add(message(TO_SERVER, exchange=1, stream=1))
    assert pairs.add(message(TO_CLIENT, exchange=1, stream=2)) is None
    assert pairs.add(message(TO_CLIENT, exchange=1, stream=1, protocol="other")) is None
    assert pairs.add(message(TO_CLIENT, exchange=1, stream=1)) is not None
    assert pairs.add(message(TO_CLIENT, exchange=1, stream=1)) is None


def test_messages_without_a_key_pair_with_nothing():
    pairs = Exchanges()
    assert list(pairs.pairs([message(TO_SERVER), message(TO_CLIENT)])) == []
    assert pairs.summary() == ()


def test_the_summary_counts_times_and_the_unanswered():
    pairs = Exchanges()
    for number in range(1, 101):
        pairs.add(message(TO_SERVER, exchange=number, label="get", time_ns=0))
        pairs.add(message(TO_CLIENT, exchange=number, time_ns=number))
    pairs.add(message(TO_SERVER, exchange=1, label="put", time_ns=0))
    row, silent = pairs.summary()
    assert (row.label, row.count, row.unanswered) == ("get", 100, 0)
    assert (row.shortest_ns, row.p50_ns, row.p90_ns, row.p99_ns, row.longest_ns) == (1, 50, 90, 99, 100)
    assert (silent.label, silent.count, silent.unanswered, silent.longest_ns) == ("put", 0, 1, 0)


def test_the_bound_gives_up_the_oldest():
    pairs = Exchanges(outstanding=2)
    for number in (1, 2, 3):
        pairs.add(message(TO_SERVER, exchange=number, label="get"))
    assert pairs.add(message(TO_CLIENT, exchange=1)) is None
    assert pairs.add(message(TO_CLIENT, exchange=2)) is not None
    assert pairs.summary()[0].unanswered == 2


def test_a_key_used_again_leaves_its_first_request_unanswered():
    pairs = Exchanges()
    pairs.add(message(TO_SERVER, exchange=1, label="get", time_ns=1))
    pairs.add(message(TO_SERVER, exchange=1, label="get", time_ns=5))
    assert pairs.add(message(TO_CLIENT, exchange=1, time_ns=7)).latency_ns == 2
    assert pairs.summary()[0].unanswered == 1


def test_labels_without_end_are_timed_together(monkeypatch):
    monkeypatch.setattr(exchanges, "KINDS", 2)
    pairs = Exchanges()
    for number in range(5):
        pairs.add(message(TO_SERVER, exchange=number, label=f"get {number}"))
        pairs.add(message(TO_CLIENT, exchange=number))
    assert {row.label: row.count for row in pairs.summary()} == {"get 0": 1, "get 1": 1, exchanges.OTHERS: 3}


def test_labels_without_end_and_answer_are_counted_together(monkeypatch):
    monkeypatch.setattr(exchanges, "KINDS", 2)
    pairs = Exchanges(outstanding=1)
    for number in range(6):
        pairs.add(message(TO_SERVER, exchange=number, label=f"get {number}"))
    assert {row.label: row.unanswered for row in pairs.summary()} == {"get 0": 1, "get 1": 1, exchanges.OTHERS: 3, "get 5": 1}


def test_only_pairs_with_a_packet_that_passes_count():
    pairs = Exchanges(passes={1, 4}.__contains__)
    for request, response in ((1, 2), (3, 4), (5, 6)):
        pairs.add(message(TO_SERVER, exchange=request, packet=request, label="get"))
        found = pairs.add(message(TO_CLIENT, exchange=request, packet=response))
        assert (found is None) == (request == 5)
    pairs.add(message(TO_SERVER, exchange=1, packet=1, label="get"))
    pairs.add(message(TO_SERVER, exchange=7, packet=7, label="get"))
    (row,) = pairs.summary()
    assert (row.count, row.unanswered) == (2, 1)
