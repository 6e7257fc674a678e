import pytest

from workbench.analysis.baseline import changes
from workbench.analysis.histogram import Histogram
from workbench.analysis.measurement import Measurement
from workbench.analysis.profile import Profile
from workbench.reporting.answer import Answer
from workbench.reporting.json_report import report_object


def profile(**more):
    values = {"packets": 1000, "protocols": {"IPv4": 1000}, "latencies": {}, "measurements": (), "hosts": {}, "servers": {}}
    return Profile(**{**values, **more})


def told(old, new, **more):
    parts = tuple(changes(old, new, **more))
    return report_object((Answer(section="changes", title="", about="", parts=parts),))


def times(value, count=200):
    histogram = Histogram()
    for number in range(count):
        histogram.add(value + number)
    return histogram


def test_nothing_changed():
    same = profile(
        hosts={"a": 5}, latencies={"x": times(10_000)}, measurements=(Measurement("tcp.reset_share", "", 0.9, 100, 3),)
    )
    assert all(rows == [] for rows in told(same, same).values())


def test_protocols_that_came_went_and_grew():
    found = told(profile(protocols={"tcp": 500, "old": 1, "udp": 500}), profile(protocols={"tcp": 900, "new": 1, "udp": 510}))
    rows = {row["protocol"]: (row["old"], row["new"]) for row in found["changes_protocols"]}
    assert rows == {"tcp": (0.5, 0.9), "old": (0.001, 0.0), "new": (0.0, 0.001)}
    assert found["changes_protocols"][0]["protocol"] == "tcp"


@pytest.mark.parametrize(("before", "now", "factor"), [(10_000, 50_000, 4.97), (50_000, 10_000, 0.2)])
def test_response_times(before, now, factor):
    found = told(profile(latencies={"x": times(before)}), profile(latencies={"x": times(now)}))["changes_latency"]
    assert found[0]["request"] == "x"
    assert found[0]["factor"] == pytest.approx(factor, rel=0.02)
    assert {row["percentile"] for row in found} >= {50, 90}


def test_hosts_and_servers():
    found = told(profile(hosts={"a": 5, "b": 1}, servers={"tcp a:80": 2}), profile(hosts={"b": 1, "c": 9}))
    assert [(row["change"], row["name"], row["count"]) for row in found["changes_hosts"]] == [("new", "c", 9), ("gone", "a", 5)]
    assert [(row["change"], row["name"]) for row in found["changes_servers"]] == [("gone", "tcp a:80")]
    assert len(told(profile(hosts={}), profile(hosts={"x": 1, "y": 1}), top=1)["changes_hosts"]) == 1


def test_measured_shares_and_what_is_now_out_of_the_ordinary():
    calm = (Measurement("tcp.reset_share", "", 0.01, 1000, 0), Measurement("tls.alert_share", "", 0.1, 100, 5))
    wild = (Measurement("tcp.reset_share", "", 0.3, 1000, 8), Measurement("tls.alert_share", "", 0.9, 100, 6))
    found = told(profile(measurements=calm), profile(measurements=wild))
    assert [(row["quantity"], row["old"], row["new"]) for row in found["changes_quantities"]] == [
        ("tcp.reset_share", 0.01, 0.3),
        ("tls.alert_share", 0.1, 0.9),
    ]
    known = {row["quantity"]: (row["change"], row["severity"], row["first_packet"]) for row in found["changes_anomalies"]}
    assert known == {"tcp.reset_share": ("new", "WARN", 8), "tls.alert_share": ("worse", "ERROR", 6)}
    back = told(profile(measurements=wild), profile(measurements=calm))["changes_anomalies"]
    assert {row["quantity"]: (row["change"], row["first_packet"]) for row in back} == {
        "tcp.reset_share": ("gone", None),
        "tls.alert_share": ("better", 5),
    }
