"""The counters as text, and over HTTP."""

import http.client

from workbench.serving import running
from workbench.serving.counters import Counters
from workbench.serving.metrics import CONTENT_TYPE, METRICS, exposition, metrics_factory, totals_of


def test_every_counter_has_a_metric():
    assert {name for name, _, _, _ in METRICS} == totals_of(Counters()).keys()


def test_workers_are_added_up_and_servers_kept_apart():
    one, two = Counters(accepted=2), Counters(accepted=3)
    one.count("request")
    two.count("request")
    text = exposition([("http1", totals_of(one)), ("http1", totals_of(two)), ("echo", totals_of(Counters()))])
    assert 'workbench_connections_total{server="http1"} 5\n' in text
    assert 'workbench_connections_total{server="echo"} 0\n' in text
    assert 'workbench_facts_total{server="http1",event="request"} 2\n' in text
    assert text.count("# TYPE workbench_connections_open gauge\n") == 1


def test_names_cannot_break_a_line():
    counters = Counters()
    counters.count('a"b\\c\nd')
    assert 'event="a\\"b\\\\c\\nd"} 1' in exposition([("x", totals_of(counters))])


def test_over_http():
    counters = Counters(open=7)
    with running(metrics_factory(lambda: [("http1", totals_of(counters))])) as server:
        connection = http.client.HTTPConnection(server.endpoint.host, server.endpoint.port, timeout=5)
        for _ in range(2):  # kept alive
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            assert (response.status, response.headers["Content-Type"]) == (200, CONTENT_TYPE)
            assert b'workbench_connections_open{server="http1"} 7' in response.read()
        for method, path, expected in (
            ("GET", "/health", (200, b"ok\n")),
            ("HEAD", "/metrics", (200, b"")),
            ("PUT", "/metrics", (404, None)),
        ):
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
            assert response.status == expected[0]
            assert expected[1] in (None, body)
        connection.close()
