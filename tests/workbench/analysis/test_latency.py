from support.http_pairs import request, response
from support.pcap import STEP_NS
from support.surveys import asked, spoken


def test_percentiles_and_a_curve(tmp_path):
    answers = asked(spoken(tmp_path / "x.pcap", [request(), response()] * 30 + [request()]), "latency")
    (row,) = answers["latency"]
    assert (row["protocol"], row["count"], row["unanswered"]) == ("http1", 30, 1)
    assert STEP_NS <= row["shortest_ns"] <= row["p50_ns"] <= row["p999_ns"] <= row["longest_ns"]
    (curve,) = answers["latency_percentiles"]["series"]
    assert curve["x"][-1] == 100
    assert curve["y"] == sorted(curve["y"])
    assert curve["y"][-1] == row["longest_ns"]


def test_silence_has_no_times(tmp_path):
    answers = asked(spoken(tmp_path / "x.pcap", [request()]), "latency")
    assert answers["latency"][0]["unanswered"] == 1
    assert answers["latency"][0]["p99_ns"] is None
    assert "latency_percentiles" not in answers


def test_a_filter_leaves_pairs_with_a_packet_that_passes(tmp_path):
    path = spoken(tmp_path / "x.pcap", [request(), response(), request(), response(status=404)])
    assert asked(path, "latency", only="http.response.code==404")["latency"][0]["count"] == 1
