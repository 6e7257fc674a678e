"""The blocking client against the reference server over loopback: pool, pipelining, retries, drain."""

import socket
import threading
import time
from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_streambus.calls import create_topic, fetch, health, list_topics, produce
from workbench_streambus.client import Client
from workbench_streambus.log import Record, RefusedError
from workbench_streambus.retry import RetryPolicy
from workbench_streambus.server import reply, server
from workbench_streambus.session import LostConnectionError, Session


def until(condition) -> None:
    """Wait for what another thread brings about."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it never happened"


def closed_port() -> Endpoint:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return Endpoint(*sock.getsockname())


class Listener:
    """A server that accepts, reads once, and does what it is told: a reply as bytes, or b"" to hang up."""

    def __init__(self, *answers: bytes) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.endpoint = Endpoint(*self._sock.getsockname())
        self.requests: list[bytes] = []
        self._answers = answers
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        for answer in self._answers:
            sock, _ = self._sock.accept()
            with sock:
                self.requests.append(sock.recv(65536))
                sock.sendall(answer)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join(5)
        self._sock.close()


def test_the_main_job():
    with running(server) as serving, Client(serving.endpoint) as client:
        topic = client.call(create_topic("t", 2))
        records = [Record(b"k", b"value %d" % number, number) for number in range(5)]
        assert client.call(produce(topic.first_partition, records)) == 0
        assert client.call(fetch(topic.first_partition, 0)).records == tuple(records)
        with pytest.raises(RefusedError, match="exists"):
            client.call(create_topic("t"))
        assert serving.counters.accepted == 1


def test_threads_share_the_pool():
    with running(server) as serving, Client(serving.endpoint, pool=2) as client:
        echoes: list[bytes] = []

        def work(number: int) -> None:
            echoes.extend(client.call(health(b"%d/%d" % (number, turn))).echo for turn in range(10))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(echoes) == sorted(b"%d/%d" % (number, turn) for number in range(4) for turn in range(10))
        assert 1 <= serving.counters.accepted <= 2


def test_a_pipeline_larger_than_all_buffers():
    value = bytes(200_000)
    with running(server) as serving, Client(serving.endpoint, timeout=20) as client:
        client.call(create_topic("t"))
        calls = [call for _ in range(20) for call in (produce(0, [Record(b"", value, 0)]), fetch(0, 0, 900_000))]
        results = client.pipeline([*calls, fetch(7, 0)])
        assert results[0:-1:2] == list(range(20))
        assert [len(found.records) for found in results[1:-1:2]] == [1, 2, 3] + [4] * 17
        assert isinstance(results[-1], RefusedError)


def test_it_waits_for_a_server_that_is_not_there_yet():
    pauses: list[float] = []
    client = Client(closed_port(), retry=RetryPolicy(attempts=4), sleep=pauses.append, random=Random(3))
    with client, pytest.raises(ConnectionRefusedError):
        client.call(produce(0, []))
    assert pauses == list(RetryPolicy(attempts=4).pauses(Random(3)))


def test_a_reading_call_survives_a_server_that_hangs_up():
    answer = reply(1, 6, "ok", {"topics": []})
    with Listener(b"", answer[:5], answer) as listener, Client(listener.endpoint, sleep=lambda _: None) as client:
        assert client.call(list_topics()) == ()
    assert len(listener.requests) == 3
    assert len(set(listener.requests)) == 1


def test_a_writing_call_is_not_repeated_behind_the_users_back():
    with Listener(b"") as listener, Client(listener.endpoint, sleep=lambda _: None) as client, pytest.raises(LostConnectionError):
        client.call(produce(0, []))
    assert len(listener.requests) == 1


def test_a_silent_server_times_out():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = Endpoint(*silent.getsockname())
        with Client(endpoint, timeout=0.05, retry=RetryPolicy(attempts=1)) as client, pytest.raises(TimeoutError):
            client.call(list_topics())


def test_a_restarted_server_is_found_again():
    with running(server) as serving:
        endpoint = serving.endpoint
        client = Client(endpoint)
        client.call(create_topic("t"))
    with running(server, port=endpoint.port), client:
        # the pooled connection is dead, yet even a writing call goes through: it is noticed before anything is sent
        assert client.call(create_topic("t")).first_partition == 0


def test_nothing_is_kept_after_close():
    with running(server) as serving:
        client = Client(serving.endpoint)
        client.close()
        client.call(list_topics())  # opens a connection of its own and does not keep it
        client.close()
        assert serving.counters.accepted == 1


def test_a_stopping_server_answers_what_it_has_received():
    session = Session()
    asked = b"".join(session.ask(fetch(0, 0))[1] for _ in range(100))
    with running(server) as serving:
        with Client(serving.endpoint) as client:
            client.call(create_topic("t"))
            client.call(produce(0, [Record(b"", bytes(100_000), 0)]))
        before = serving.counters.received
        with socket.create_connection((serving.endpoint.host, serving.endpoint.port), 5) as sock:
            sock.sendall(asked)
            until(lambda: serving.counters.received == before + len(asked))
            serving.stop()
            results: list[object] = []
            while data := sock.recv(65536):
                results.extend(session.receive(data))
    assert len(results) == 100
    assert serving.counters.cut == 0
