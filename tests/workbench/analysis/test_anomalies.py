from support.http_pairs import request, response
from support.surveys import asked, spoken


def test_what_is_above_a_level_is_said_with_its_reason_and_packet(tmp_path):
    path = spoken(tmp_path / "x.pcap", [request(), response(status=500)])
    (row,) = asked(path, "anomalies")["anomalies"]
    assert (row["severity"], row["quantity"], row["subject"]) == ("ERROR", "http.server_error_share", "http1")
    assert (row["value"], row["unit"], row["samples"]) == (1.0, "share", 1)
    assert row["first_packet"] > 0
    assert row["reason"]


def test_levels_of_ones_own(tmp_path):
    path = spoken(tmp_path / "x.pcap", [request(), response(status=500)])
    levels = tmp_path / "levels.toml"
    levels.write_text('[http.server_error_share]\nerror = false\nwarn = 0.9\nreason = "we care"\n')
    (row,) = asked(path, "anomalies", sets=(f"anomalies.thresholds={levels}",))["anomalies"]
    assert (row["severity"], row["level"], row["reason"]) == ("WARN", 0.9, "we care")


def test_orderly_traffic_has_none(tmp_path):
    assert asked(spoken(tmp_path / "x.pcap", [request(), response()]), "anomalies")["anomalies"] == []
