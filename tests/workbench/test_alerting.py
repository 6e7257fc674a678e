import pytest

from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from workbench.alerting import Alerting
from workbench.analysis.alerts import Rule
from workbench.api import Direction, UsageError
from workbench.registry import load
from workbench.session import Session

FRAMES = tcp_frames([request(), response(), request("/x"), response(b"y" * 4000, status=500), request(), response()])
RULES = (Rule(name="failures", filter="http.response.code==500"), Rule(name="requests", filter="http.request", at_least=3))


def alerts_of(alerting):
    return [(fired.alert.rule.name, fired.alert.packet) for fired in alerting.look()]


def test_a_whole_file(tmp_path):
    with Session.open(write_pcap(tmp_path / "x.pcap", FRAMES), load()) as session:
        alerting = Alerting(session, RULES)
        (failure, packet), (requests, later) = alerts_of(alerting)
        assert (failure, requests) == ("failures", "requests")
        assert packet < later
        assert alerting.seen == len(FRAMES)
        assert alerts_of(alerting) == []


def test_a_file_that_grows_packet_by_packet_gives_the_same_alerts(tmp_path):
    whole = write_pcap(tmp_path / "whole.pcap", FRAMES)
    with Session.open(whole, load()) as session:
        expected = alerts_of(Alerting(session, RULES))
    data, path = whole.read_bytes(), tmp_path / "growing.pcap"
    path.write_bytes(data[:24])
    with Session.open(path, load()) as session:
        alerting, found = Alerting(session, RULES), []
        for end in range(24, len(data) + 200, 200):
            path.write_bytes(data[:end])
            found += alerts_of(alerting)
    assert found == expected


def test_a_look_takes_a_batch_and_the_end_takes_all(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.alerting.BATCH", 5)
    with Session.open(write_pcap(tmp_path / "x.pcap", FRAMES), load()) as session:
        alerting = Alerting(session, RULES)
        assert (alerts_of(alerting), alerting.seen, alerting.caught_up) == ([], 5, False)
        assert [fired.alert.rule.name for fired in alerting.finish()] == ["failures", "requests"]
        assert (alerting.seen, alerting.caught_up) == (len(FRAMES), True)


def test_what_only_the_end_of_the_capture_completes_counts_too(tmp_path):
    turns = [request(), (Direction.TO_CLIENT, b"HTTP/1.1 500 No\r\n\r\nuntil the end")]
    with Session.open(write_pcap(tmp_path / "x.pcap", tcp_frames(turns, end=False)), load()) as session:
        alerting = Alerting(session, RULES)
        assert alerts_of(alerting) == []
        (fired,) = alerting.finish()
    assert fired.alert.rule.name == "failures"
    assert fired.message.label == "response"


def test_without_rules_about_messages_nothing_is_dissected(tmp_path, monkeypatch):
    with Session.open(write_pcap(tmp_path / "x.pcap", FRAMES), load()) as session:
        alerting = Alerting(session, (Rule(name="much", filter="tcp", at_least=5),))
        monkeypatch.setattr(alerting, "_messages", None)
        fired = list(alerting.finish())
    assert len(fired) == len(FRAMES) // 5
    assert {each.message for each in fired} == {None}


def test_a_rule_with_a_mistake_is_named(tmp_path):
    with Session.open(write_pcap(tmp_path / "x.pcap", FRAMES), load()) as session, pytest.raises(UsageError, match="rule 'bad'"):
        Alerting(session, (Rule(name="bad", filter="port=="),))
