"""Lifelike traffic: a stub resolver on the standard library's sockets asks what programs ask, over UDP and over TCP."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from random import Random

from workbench.api import Endpoint
from workbench_dns.message import read_message
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.summaries import summary_of

__all__ = ["workload_datagrams", "workload_streams"]

ROUNDS = 12
_PATIENCE_S = 10.0

_QUESTIONS = (
    ("www.workbench.test.", "A"),
    ("www.workbench.test.", "AAAA"),
    ("www.workbench.test.", "HTTPS"),
    ("workbench.test.", "MX"),
    ("workbench.test.", "NS"),
    ("alias.workbench.test.", "A"),
    ("chain1.workbench.test.", "AAAA"),
    ("_http._tcp.workbench.test.", "PTR"),
    ("shop._http._tcp.workbench.test.", "SRV"),
    ("nobody.workbench.test.", "A"),
    ("guest.wild.workbench.test.", "A"),
    ("big.workbench.test.", "TXT"),
)


def _make(random: Random, name: str, kind: str) -> bytes:
    records = [opt_record([(10, random.randbytes(8))])] if random.random() < 0.6 else []
    return query(name, kind, number=random.randrange(65_536), records=records)


def _checked(asked: bytes, answer: bytes) -> str:
    if answer[:2] != asked[:2]:
        raise ConnectionError(f"the answer has id {answer[:2].hex()}, not {asked[:2].hex()}")
    parsed = read_message(answer)
    if parsed.error:
        raise ConnectionError(f"the answer is broken: {parsed.error}")
    return summary_of(parsed)


def workload_datagrams(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint` over UDP; yields a line per answer. Raises `OSError` when it cannot be reached or misbehaves."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    for number in range(ROUNDS):
        name, kind = _QUESTIONS[number] if number < len(_QUESTIONS) else random.choice(_QUESTIONS)
        asked = _make(random, name, kind)
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as sock:
            sock.settimeout(_PATIENCE_S)
            sock.connect((endpoint.host, endpoint.port))
            sock.send(asked)
            yield _checked(asked, sock.recv(65_535))


def workload_streams(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """The same over TCP: some questions one by one, and some at once."""
    with socket.create_connection((endpoint.host, endpoint.port), _PATIENCE_S) as sock, sock.makefile("rb") as answers:
        for name, kind in _QUESTIONS:
            asked = _make(random, name, kind)
            sock.sendall(framed(asked))
            yield _checked(asked, _next(answers.read))
        several = [_make(random, *random.choice(_QUESTIONS)) for _ in range(ROUNDS)]
        sock.sendall(b"".join(map(framed, several)))
        for asked in several:
            yield _checked(asked, _next(answers.read))


def _next(read: Callable[[int], bytes]) -> bytes:
    size = read(2)
    if len(size) < 2:
        raise ConnectionError("the server closed the connection")
    return read(int.from_bytes(size, "big"))
