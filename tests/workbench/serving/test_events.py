"""Events as log lines: one line each, whatever a peer or a traceback contains."""

import json

from workbench.api import Endpoint
from workbench.serving.events import Connected, Crashed, Listening, Refused, Told, log_line

PEER = Endpoint("::1", 4242)


def test_a_line_is_json_with_the_events_own_fields():
    line = log_line(Connected(time_ns=5, connection=3, peer=PEER))
    assert json.loads(line) == {"event": "connected", "time_ns": 5, "connection": 3, "peer": "[::1]:4242"}
    assert json.loads(log_line(Listening(time_ns=5, endpoint=PEER)))["endpoint"] == "[::1]:4242"
    assert json.loads(log_line(Refused(time_ns=5, peer=None, reason="full")))["peer"] is None


def test_a_traceback_stays_on_one_line_without_control_bytes():
    line = log_line(Crashed(time_ns=5, connection=1, peer=PEER, traceback="Traceback\n\x1b[31mred\u2028ü"))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["traceback"] == "Traceback\n\x1b[31mred\u2028ü"


def test_what_a_protocol_tells_is_named_by_it_but_not_dated():
    line = log_line(Told(time_ns=5, facts={"event": "request", "status": 200, "time_ns": 7, "path": b"\xff"}))
    assert json.loads(line) == {"event": "request", "time_ns": 5, "status": 200, "path": "b'\\xff'"}
