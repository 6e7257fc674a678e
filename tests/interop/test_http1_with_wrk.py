"""wrk loads the HTTP/1.1 reference server for a moment: nothing fails, and connections are kept alive."""

import re
import subprocess

from support.shared import tool
from workbench.serving import Connected, running
from workbench_http1.server import serve


def test_a_moment_of_load():
    connected = []
    with running(serve, listen=lambda event: connected.append(event) if isinstance(event, Connected) else None) as server:
        command = [tool("wrk"), "-t1", "-c8", "-d1s", "--latency", f"http://{server.endpoint}/hello.txt"]
        out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    requests = int(re.search(r"(\d+) requests in", out)[1])
    assert requests > 100, out
    assert "Non-2xx" not in out
    assert "Socket errors" not in out
    assert len(connected) <= 9  # one is wrk's own trial before it starts
