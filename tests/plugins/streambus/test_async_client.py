"""The asyncio client against the reference server over loopback."""

import asyncio
import socket
from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_streambus.async_client import AsyncClient
from workbench_streambus.calls import create_topic, fetch, health, list_topics, produce
from workbench_streambus.log import Record, RefusedError
from workbench_streambus.retry import RetryPolicy
from workbench_streambus.server import server
from workbench_streambus.session import LostConnectionError


def test_concurrent_calls_are_pipelined_over_few_connections():
    async def main(endpoint: Endpoint) -> None:
        async with AsyncClient(endpoint, pool=2) as client:
            topic = await client.call(create_topic("t"))
            records = [Record(b"", b"%d" % number, number) for number in range(100)]
            offsets = await asyncio.gather(*(client.call(produce(topic.first_partition, [record])) for record in records))
            assert sorted(offsets) == list(range(100))
            echoes = await asyncio.gather(*(client.call(health(b"%d" % number)) for number in range(50)))
            assert [answer.echo for answer in echoes] == [b"%d" % number for number in range(50)]
            assert len((await client.call(fetch(topic.first_partition, 0))).records) == 100
            with pytest.raises(RefusedError):
                await client.call(create_topic("t"))

    with running(server) as serving:
        asyncio.run(main(serving.endpoint))
        assert serving.counters.accepted == 2


def test_it_waits_for_a_server_that_is_not_there_yet():
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def main(endpoint: Endpoint) -> None:
        async with AsyncClient(endpoint, retry=RetryPolicy(attempts=3), sleep=pause, random=Random(5)) as client:
            with pytest.raises(ConnectionRefusedError):
                await client.call(produce(0, []))

    with socket.create_server(("127.0.0.1", 0)) as sock:
        endpoint = Endpoint(*sock.getsockname())
    asyncio.run(main(endpoint))
    assert pauses == list(RetryPolicy(attempts=3).pauses(Random(5)))


@pytest.mark.parametrize(("call", "tries"), [(list_topics(), 3), (produce(0, []), 1)])
def test_only_repeatable_calls_survive_a_lost_connection(call, tries):
    requests: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.read(65536))
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with listener:
            endpoint = Endpoint(*listener.sockets[0].getsockname())
            retry = RetryPolicy(attempts=3, first=0.0)
            async with AsyncClient(endpoint, retry=retry) as client:
                with pytest.raises(LostConnectionError):
                    await client.call(call)

    asyncio.run(main())
    assert len(requests) == tries


def test_a_silent_server_times_out():
    async def main(endpoint: Endpoint) -> None:
        async with AsyncClient(endpoint, timeout=0.05, retry=RetryPolicy(attempts=1)) as client:
            with pytest.raises(TimeoutError):
                await client.call(list_topics())

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(main(Endpoint(*silent.getsockname())))
