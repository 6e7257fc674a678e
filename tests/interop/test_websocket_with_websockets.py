"""The reference server and Python's `websockets` library: its clients against our server, our checks against its server."""

import asyncio
import contextlib
import threading

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve as serve_theirs

from workbench.api import ServerOptions
from workbench.conformance import Finished, Verdict, examine
from workbench.conformance.sockets import SocketTarget
from workbench.serving import ServingLimits, running
from workbench_websocket import PROTOCOL
from workbench_websocket.server import serve

CONNECTIONS = 200


@pytest.fixture
def server():
    with running(serve) as running_server:
        yield running_server


def uri(server, path="/echo"):
    return f"ws://{server.endpoint}{path}"


@pytest.mark.parametrize("compression", ["deflate", None])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 2_000_000])
def test_echo_of_every_size(server, compression, size):
    with connect(uri(server), compression=compression, max_size=None) as client:
        for content in ("grüße "[:1] * size, bytes(range(256)) * (size // 256)):
            client.send(content)
            assert client.recv(10) == content


def test_fragments_pings_and_the_end(server):
    with connect(uri(server), subprotocols=["chat"]) as client:
        assert client.subprotocol == "chat"
        client.send(iter(["one ", "two ", "three"]))
        assert client.recv(10) == "one two three"
        assert client.ping(b"are you there").wait(10)
    assert client.close_code == 1000


def test_messages_that_are_too_large():
    with running(serve, ServerOptions(max_request=1000)) as server, connect(uri(server)) as client:
        client.send("x" * 1001)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(10)
        assert closed.value.rcvd.code == 1009


def test_the_server_pings_and_closes(server):
    with connect(uri(server, "/ping")) as client:
        client.send("ask me")
        assert client.recv(10).startswith("pong after ")
    with connect(uri(server, "/close?code=4001&reason=bye")) as client:
        client.send("now")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(10)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "bye")


def test_a_path_that_is_none(server):
    with pytest.raises(InvalidStatus) as refused, connect(uri(server, "/nowhere")):
        pass
    assert refused.value.response.status_code == 404


def test_shutting_down_says_so():
    with running(serve) as server, connect(uri(server)) as client:
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(10)
        assert closed.value.rcvd.code == 1001


def test_everybody_hears_a_broadcast(server):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(uri(server, "/broadcast"))) for _ in range(5)]
        clients[0].send("to everybody")
        assert [client.recv(10) for client in clients] == ["to everybody"] * 5


def test_many_at_once():
    async def talk(number):
        async with connect_async(uri(server), ping_interval=None, open_timeout=30) as client:
            for round_ in range(3):
                await client.send(f"{number} {round_}")
                assert await client.recv() == f"{number} {round_}"
        return client.close_code

    async def all_of_them():
        return await asyncio.gather(*(talk(number) for number in range(CONNECTIONS)))

    with running(serve, limits=ServingLimits(connections=CONNECTIONS)) as server:
        assert asyncio.run(all_of_them()) == [1000] * CONNECTIONS
        assert server.counters.crashed == 0


KNOWN = {
    # its 400 names no version (RFC 6455 4.4), Host is not looked for, and lengths may be written as they like
    "opening-version-8", "opening-version-14", "opening-version-word", "opening-no-host",
    "length-16-for-7", "length-64-for-7", "length-64-for-16",
}  # fmt: skip


def test_the_librarys_server_passes_nearly_all_checks():
    """A server by other people: what fails there and is none of its known habits is a mistake in a check."""

    def echo(socket):
        for message in socket:
            socket.send(message)

    theirs = serve_theirs(echo, "127.0.0.1", 0, max_size=1 << 24, ping_interval=None)
    thread = threading.Thread(target=theirs.serve_forever, daemon=True)
    thread.start()
    try:
        port = theirs.socket.getsockname()[1]
        checks = [check for check in PROTOCOL.checks if check.level.name == "MUST"]
        *_, last = examine(checks, SocketTarget(host="127.0.0.1", port=port))
    finally:
        theirs.shutdown()
        thread.join()
    assert isinstance(last, Finished)
    failed = {result.check.name for result in last.results if result.verdict is Verdict.FAILED}
    assert failed <= KNOWN
    assert len(last.results) > 200
