"""A generated capture of DNS: stub resolvers ask one server, mostly for names that others asked for before, half of them with cookies."""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from random import Random

from frames import FILE_HEADER, Side, record, udp

from workbench_dns.queries import opt_record, query
from workbench_dns.responder import Responder
from workbench_dns.zone_file import read_zone

START_US = 1_700_000_000_000_000
POPULAR = 300
"""Names that are asked for again and again, the first ones most."""

UNIQUE = 0.2
"""Share of questions for a name that nobody asked for before; a third of these do not exist."""

KINDS = ("A", "A", "A", "AAAA", "AAAA", "HTTPS", "MX", "TXT")


def _responder() -> Responder:
    lines = [
        "$ORIGIN bench.test.",
        "$TTL 300",
        "@ SOA ns host 1 7200 900 86400 300",
        " NS ns",
        "ns A 192.0.2.53",
        "*.made A 192.0.2.9",
    ]
    for number in range(POPULAR):
        lines.append(f"n{number} CNAME n{number - 1}" if number % 7 == 3 else f"n{number} A 192.0.2.{number % 256}")
        lines += [f" AAAA 2001:db8::{number:x}", f' TXT "v=spf1 -all {number}"'] if number % 7 != 3 else []
    return Responder(read_zone("\n".join(lines)))


def _frames(random: Random, packets: int) -> Iterator[bytes]:
    responder = _responder()
    server = Side(b"\x02\0\0\0\0\x02", b"\x0a\0\0\x35", 53)
    weights = list(accumulate(1 / (place + 1) for place in range(POPULAR)))
    for number in range(packets // 2):
        if random.random() < UNIQUE:
            name = f"u{number}" if random.random() < 1 / 3 else f"u{number}.made"
        else:
            [place] = random.choices(range(POPULAR), cum_weights=weights)
            name = f"n{place}"
        records = [opt_record([(10, random.randbytes(8))])] if random.random() < 0.5 else []
        asked = query(f"{name}.bench.test.", random.choice(KINDS), number=random.randrange(65_536), records=records)
        client = Side(b"\x02\0\0\0\0\x01", b"\x0a\0\1" + random.randbytes(1), random.randrange(1024, 65_536))
        yield udp(client, server, asked)
        for answer in responder.respond(asked, stream=False):
            yield udp(server, client, answer)


def dns(path: Path, packets: int, seed: int = 7) -> None:
    """Write about `packets` queries and answers."""
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        for number, frame in enumerate(_frames(Random(seed), packets)):
            file.write(record(START_US + number * 37, frame))
