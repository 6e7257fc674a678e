"""Seeded captures for the benchmarks. Equal arguments write equal files.

`mixed` looks like a busy network edge: HTTP/1.1, encrypted TCP, DNS and other UDP; 10 % VLAN, 15 % IPv6; many interleaved flows.
The others speak one protocol each: `http1` on keep-alive connections with some reordered segments, `http2`, `websocket`, `streambus`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from conversations import Turns, http2_turns, streambus_turns, websocket_turns
from frames import ACK, FILE_HEADER, FIN, PSH, SYN, Side, record, tcp, udp

MSS = 1448
OPEN_FLOWS = 400
MOST_AT_ONCE = 40
START_US = 1_700_000_000_000_000


def _sides(random: Random, server_port: int) -> tuple[Side, Side]:
    six = random.random() < 0.15
    prefix = bytes.fromhex("20010db8") + bytes(8) if six else b"\x0a\x00"
    width = 4 if six else 2
    client = Side(b"\x02\0\0\0\0\x01", prefix + random.randbytes(width), random.randrange(32_768, 61_000))
    server = Side(b"\x02\0\0\0\0\x02", prefix + random.randbytes(width), server_port)
    return client, server


def _connection(random: Random, client: Side, server: Side, turns: list[tuple[bool, bytes]], shuffled: bool) -> Iterator[bytes]:
    """Frames of one TCP connection that exchanges `turns` (from client?, bytes)."""
    vlan = random.randrange(1, 4095) if random.random() < 0.1 else 0
    at = {True: random.getrandbits(32), False: random.getrandbits(32)}
    side = {True: client, False: server}
    yield tcp(client, server, at[True], 0, SYN, vlan=vlan)
    yield tcp(server, client, at[False], at[True] + 1, SYN | ACK, vlan=vlan)
    at = {who: number + 1 for who, number in at.items()}
    yield tcp(client, server, at[True], at[False], ACK, vlan=vlan)
    for who, data in turns:
        segments = []
        for cut in range(0, len(data), MSS):
            part = data[cut : cut + MSS]
            segments.append(tcp(side[who], side[not who], at[who], at[not who], ACK | PSH, part, vlan))
            at[who] += len(part)
        if shuffled and len(segments) > 2 and random.random() < 0.2:
            swap = random.randrange(len(segments) - 1)
            segments[swap : swap + 2] = reversed(segments[swap : swap + 2])
        yield from segments
        yield tcp(side[not who], side[who], at[not who], at[who], ACK, vlan=vlan)
    for who in (True, False):
        yield tcp(side[who], side[not who], at[who], at[not who], FIN | ACK, vlan=vlan)
        at[who] += 1
        yield tcp(side[not who], side[who], at[not who], at[who], ACK, vlan=vlan)


def _http_turns(random: Random, exchanges: int) -> list[tuple[bool, bytes]]:
    turns = []
    for _ in range(exchanges):
        path = f"/{random.choice(('api', 'static', 'v1/items'))}/{random.getrandbits(32):08x}?page={random.randrange(100)}"
        head = (
            f"{random.choice(('GET', 'GET', 'GET', 'POST'))} {path} HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: bench/1\r\n"
        )
        body = random.randbytes(random.randrange(400)).hex().encode() if head.startswith("POST") else b""
        turns.append((True, head.encode() + b"Accept: */*\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
        reply = random.randbytes(random.choice((20, 200, 900, 3000)))
        status = random.choice(("200 OK", "200 OK", "404 Not Found", "500 Internal Server Error"))
        head = f"HTTP/1.1 {status}\r\nServer: bench\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(reply)}\r\n\r\n"
        turns.append((False, head.encode() + reply))
    return turns


def _encrypted_turns(random: Random) -> list[tuple[bool, bytes]]:
    def records(count: int) -> bytes:
        return b"".join(b"\x17\x03\x03\x04\x00" + random.randbytes(1024) for _ in range(count))

    return [(side, records(random.randrange(1, 6))) for _ in range(random.randrange(1, 8)) for side in (True, False)]


def _datagrams(random: Random) -> Iterator[bytes]:
    client, server = _sides(random, 53)
    name = b"\x07example\x04test\x00"
    identity = random.randbytes(2)
    yield udp(client, server, identity + b"\x01\x00\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1")
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + random.randbytes(4)
    yield udp(server, client, identity + b"\x81\x80\0\1\0\1\0\0\0\0" + name + b"\0\1\0\1" + answer)


def _flow(random: Random) -> Iterator[bytes]:
    kind = random.random()
    if kind < 0.35:
        client, server = _sides(random, 80)
        return _connection(random, client, server, _http_turns(random, random.randrange(1, 12)), shuffled=False)
    if kind < 0.75:
        client, server = _sides(random, 443)
        return _connection(random, client, server, _encrypted_turns(random), shuffled=False)
    return _datagrams(random)


def _write(path: Path, frames: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        for number, frame in enumerate(frames):
            file.write(record(START_US + number * 37, frame))


def _interleaved(random: Random, packets: int) -> Iterator[bytes]:
    flows = [_flow(random) for _ in range(OPEN_FLOWS)]
    while packets:
        slot = random.randrange(OPEN_FLOWS)
        frame = next(flows[slot], None)
        if frame is None:
            flows[slot] = _flow(random)
            continue
        packets -= 1
        yield frame


def mixed(path: Path, packets: int, seed: int = 7) -> None:
    """Write `packets` packets of mixed traffic."""
    _write(path, _interleaved(Random(seed), packets))


def http1(path: Path, exchanges: int, seed: int = 7) -> None:
    """Write about `exchanges` HTTP/1.1 requests with their responses over keep-alive connections of 20 exchanges each."""
    random = Random(seed)

    def frames() -> Iterator[bytes]:
        for _ in range(max(1, exchanges // 20)):
            client, server = _sides(random, 80)
            yield from _connection(random, client, server, _http_turns(random, 20), shuffled=True)

    _write(path, frames())


def _of_one_protocol(path: Path, count: int, each: int, port: int, turns: Callable[[Random, int], Turns], seed: int) -> None:
    """Connections with `each` things in them, some dozens at a time, until there are `count`."""
    random = Random(seed)

    def connection() -> Iterator[bytes]:
        client, server = _sides(random, port)
        return _connection(random, client, server, turns(random, each), shuffled=False)

    def frames() -> Iterator[bytes]:
        left = max(1, count // each)
        flows: list[Iterator[bytes]] = []
        while left or flows:
            while left and len(flows) < MOST_AT_ONCE:
                left -= 1
                flows.append(connection())
            slot = random.randrange(len(flows))
            frame = next(flows[slot], None)
            if frame is None:
                flows.pop(slot)
            else:
                yield frame

    _write(path, frames())


def http2(path: Path, streams: int, seed: int = 7) -> None:
    """Write about `streams` requests with their responses in HTTP/2 connections of 200 each."""
    _of_one_protocol(path, streams, 200, 80, http2_turns, seed)


def websocket(path: Path, frames: int, seed: int = 7) -> None:
    """Write about `frames` text frames in WebSocket connections of 2,000 each."""
    _of_one_protocol(path, frames, 2_000, 80, websocket_turns, seed)


def streambus(path: Path, messages: int, seed: int = 7) -> None:
    """Write about `messages` streambus messages in connections of 5,000 each."""
    _of_one_protocol(path, messages, 5_000, 9099, streambus_turns, seed)
