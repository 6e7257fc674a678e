"""Log lines: for people, for machines, or none; nothing a peer says reaches the terminal unescaped."""

import io
import json

import pytest

from workbench.api import Endpoint
from workbench.cli.console import Console
from workbench.cli.serve_log import logger
from workbench.serving import Connected, Told

EVENT = Connected(time_ns=5, connection=3, peer=Endpoint("::1", 4242))
TOLD = Told(time_ns=5, facts={"event": "request", "target": "/\x1b[31m", "remark": ""})


@pytest.fixture
def written():
    err = io.StringIO()
    console = Console(io.StringIO(), err)

    def write(event, **more):
        logger(console, **{"json_lines": False, "quiet": False, **more})(event)
        said = err.getvalue()
        err.truncate(0)
        err.seek(0)
        return said

    return write


def test_for_people(written):
    assert written(EVENT).split(maxsplit=1)[1] == "connected    connection=3 peer=[::1]:4242\n"
    assert written(EVENT, name="http1").split(maxsplit=1)[1].startswith("http1 connected ")
    assert written(TOLD).split(maxsplit=1)[1] == "request      target=/\\x1b[31m\n"


def test_for_machines(written):
    assert json.loads(written(EVENT, json_lines=True))["peer"] == "[::1]:4242"
    assert json.loads(written(TOLD, json_lines=True, name="http1/2")) == {
        "server": "http1/2",
        "event": "request",
        "time_ns": 5,
        "target": "/\x1b[31m",
        "remark": "",
    }


def test_for_nobody(written):
    assert written(EVENT, quiet=True) == ""
