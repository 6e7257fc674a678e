"""Traffic of dnsmasq and python-zeroconf, recorded for `captures/samples/`: what is in it, and tshark on the same."""

import subprocess
from collections import Counter

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from support.agreement import plain
from support.shared import ROOT, tool
from workbench import registry

SAMPLES = ROOT / "captures" / "samples"
FIELDS = (
    "dns.id",
    "dns.flags",
    "dns.qry.name",
    "dns.qry.type",
    "dns.resp.type",
    "dns.resp.ttl",
    "dns.resp.len",
    "dns.resp.cache_flush",
    "dns.rr.udp_payload_size",
    "dns.opt.code",
    "dns.a",
    "dns.aaaa",
    "dns.txt",
    "dns.srv.target",
    "dns.ptr.domain_name",
    "dns.mx.mail_exchange",
    "dns.caa.value",
    "dns.loc.latitude",
    "dns.svcb.svcparam.alpn",
    "dns.length",
)


def messages(name):
    with open_capture(SAMPLES / name) as capture:
        return list(dissect(capture, registry.load().specs))


def test_everything_that_was_asked_is_in_it():
    found = messages("dns-dig-dnsmasq.pcapng")
    assert {message.protocol for message in found} == {"dns", "dns-tcp"}
    assert [message.summary for message in found if message.errors] == ["broken: opcode14 TYPE0 <Root> CLASS0"]
    labels = Counter(message.label for message in found)
    assert labels["query"] + labels["notify"] == labels["noerror"] + labels["nxdomain"] + labels["refused"]
    asked = {value for message in found for value in _values(message, "dns.qry.type")}
    assert asked == {1, 2, 6, 12, 15, 16, 28, 29, 33, 35, 65, 252, 255, 257}


def test_every_query_is_paired_with_its_answer():
    found = [message for message in messages("dns-dig-dnsmasq.pcapng") if not message.errors]
    keys = Counter((message.stream, message.protocol, message.exchange) for message in found)
    assert set(keys.values()) == {2}


def test_three_queries_went_over_one_connection():
    found = [message for message in messages("dns-dig-dnsmasq.pcapng") if message.protocol == "dns-tcp"]
    assert 6 in Counter(message.stream for message in found).values()


def test_a_service_came_and_went():
    found = messages("mdns-zeroconf.pcapng")
    assert {message.protocol for message in found} == {"mdns"}
    assert not any(message.errors for message in found)
    ttls = [_values(message, "dns.resp.ttl") for message in found]
    assert any(set(ttl) == {0} for ttl in ttls)
    assert any(4500 in ttl for ttl in ttls)


def _values(message, name):
    value = flatten(message).get(name, [])
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", ["dns-dig-dnsmasq.pcapng", "mdns-zeroconf.pcapng"])
def test_tshark_says_the_same(name):
    words = [
        tool("tshark"),
        "-n",
        "-r",
        str(SAMPLES / name),
        "-T",
        "fields",
        "-E",
        "aggregator=\x1f",
        "-e",
        "frame.number",
        "-e",
        "_ws.malformed",
    ]
    for field in FIELDS:
        words += ["-e", field]
    lines = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    theirs, malformed = Counter(), set()
    for line in lines:
        number, broken, *columns = line.split("\t")
        if broken:
            malformed.add(int(number))
            continue
        for field, column in zip(FIELDS, columns, strict=True):
            theirs.update((int(number), field, plain(value)) for value in column.split("\x1f") if value)
    ours = Counter(
        (message.packet, field, plain(value))
        for message in messages(name)
        if message.packet not in malformed
        for field in FIELDS
        for value in _values(message, field)
    )
    assert theirs - ours == Counter()
    assert ours - theirs == Counter()
    assert theirs.total() > 100
