"""DNS, multicast DNS and LLMNR against what tshark 4.0 says about the same captures, and that nobody else's datagrams are taken for them.

`explained/dns.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import gzip
import json
from pathlib import Path

import pytest

from captures import open_capture
from dissectors import dissect
from support.agreement import FOLDER, Topic, all_reasons_are_sentences, needs_captures, rows
from workbench import registry

TOPIC = Topic(
    "dns",
    (
        "dns.id",
        "dns.flags",
        "dns.flags.opcode",
        "dns.flags.rcode",
        "dns.count.queries",
        "dns.count.answers",
        "dns.count.auth_rr",
        "dns.count.add_rr",
        "dns.qry.name",
        "dns.qry.type",
        "dns.qry.class",
        "dns.resp.name",
        "dns.resp.type",
        "dns.resp.ttl",
        "dns.resp.len",
        "dns.a",
        "dns.aaaa",
        "dns.cname",
        "dns.ns",
        "dns.ptr.domain_name",
        "dns.mx.mail_exchange",
        "dns.txt",
    ),
)

OURS = {"dns", "dns-tcp", "mdns", "llmnr"}


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_messages_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_99_percent_of_tsharks_values_are_ours():
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        total += compared.theirs.total()
        agreed += (compared.theirs & compared.ours).total()
    assert total > 10_000
    assert agreed / total >= 0.99


def _others() -> list[str]:
    """Captures of other topics that are about something over UDP, and small enough to look through in a moment."""
    if not (FOLDER / "INDEX.tsv").exists():
        return []
    return [row["file"] for row in rows(FOLDER / "INDEX.tsv") if row["topic"] in ("quic", "socks5", "ethernet-ip-tcp-udp")]


@needs_captures
def test_nobody_elses_datagrams_are_taken_for_dns():
    """What we call DNS in captures of other topics, tshark calls DNS, too, or it lies on a port of DNS."""
    specs = registry.load().specs
    wrong = []
    for name in _others()[::3]:
        oracle = FOLDER / "oracle" / f"{name}.packets.jsonl.gz"
        if not oracle.exists():
            continue
        theirs = _dns_packets(oracle)
        with open_capture(FOLDER / name) as capture:
            found = {message.packet for message in dissect(capture, specs) if message.protocol in OURS and not message.layer}
        wrong += [(name, packet) for packet in sorted(found - theirs)]
    assert wrong == []


def _dns_packets(oracle: Path) -> set[int]:
    with gzip.open(oracle, "rt", encoding="utf-8") as lines:
        packets = [json.loads(line) for line in lines]
    names = ("dns", "mdns", "llmnr")
    return {
        int(packet["frame.number"][0])
        for packet in packets
        if any(part in names for part in packet["frame.protocols"][0].split(":"))
        or {"53", "5353", "5355"}
        & {*packet.get("udp.srcport", ()), *packet.get("udp.dstport", ()), *packet.get("tcp.dstport", ())}
    }


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)
