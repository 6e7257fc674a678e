"""The client of the workload: each kind of request by itself."""

import pytest

from support.quic_servers import quic_server
from workbench_http3.workload_client import Client


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("certificates")) as place, Client(place.endpoint) as found:
        yield found


def test_requests(client):
    assert client.get("/bytes/50000") == "GET /bytes/50000: 200, 50000 bytes"
    assert client.get("/data.json", (("accept-encoding", "gzip"),)) == "GET /data.json: 200, 2244 bytes", "unpacked"
    assert client.get("/hints") == client.get("/hints"), "the final status counts"
    assert list(client.together("/missing", "/health")) == ["GET /missing: 404, 26 bytes", "GET /health: 200, 3 bytes"]


def test_content(client):
    assert client.send("PUT", "/store/a", bytes(70_000)) == "PUT /store/a: 201, 0 bytes"
    assert client.get("/store/a") == "GET /store/a: 200, 70000 bytes"


def test_a_cancelled_download_leaves_the_connection_alone(client):
    assert client.cancel("/bytes/1000000") == "GET /bytes/1000000: cancelled"
    assert client.get("/health") == "GET /health: 200, 3 bytes"


def test_websockets(client):
    assert client.websocket(b"hello", b"\1\2\3\4") == "WebSocket: echo of 5 bytes"
