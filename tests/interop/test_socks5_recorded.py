"""Traffic of servers that others wrote (dante, microsocks), recorded for `captures/samples/`, and no SOCKS where there is none."""

import csv
import subprocess
from collections import Counter

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from support.agreement import FOLDER, needs_captures
from support.shared import ROOT, tool
from workbench import registry

SAMPLE = ROOT / "captures" / "samples" / "socks5-dante-microsocks.pcapng"
FIELDS = (
    "socks.results",
    "socks.username",
    "socks.password",
    "socks.auth_accepted_method",
    "socks.auth_status",
    "socks.v4a_dns_name",
)


def messages(path):
    with open_capture(path) as capture:
        return list(dissect(capture, registry.load().specs))


def test_everything_socks_knows_is_in_it():
    found = messages(SAMPLE)
    assert not any(message.errors for message in found if message.protocol.startswith("socks5"))
    labels = Counter(message.label for message in found if message.protocol == "socks5")
    assert labels["greeting"] == labels["no authentication"] + labels["password wanted"] + labels["no method"] == 11
    assert {"connect", "bind", "associate", "connect 4", "accepted", "denied", "granted", "refused"} <= labels.keys()
    assert sum(message.protocol == "socks5-udp" for message in found) == 6


def test_tunnels_are_looked_into():
    protocols = Counter(message.protocol for message in messages(SAMPLE))
    assert protocols["http1"] == 10
    assert protocols["tls"] > 5


def test_tshark_says_the_same():
    words = [tool("tshark"), "-r", str(SAMPLE), "-d", "tcp.port==1081,socks", "-Y", "socks", "-T", "fields", "-e", "frame.number"]
    for name in FIELDS:
        words += ["-e", name]
    lines = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    theirs = Counter()
    for line in lines:
        number, *values = line.split("\t")
        theirs.update((int(number), name, value) for name, value in zip(FIELDS, values, strict=False) if value)
    ours = Counter()
    for message in messages(SAMPLE):
        if message.protocol == "socks5":
            ours.update(
                (message.packet, name, str(value)) for name, value in flatten(message).items() if name in FIELDS and value != ""
            )
    # tshark takes the first bytes in the tunnel behind BIND ("220 …") for a third reply
    assert [(name, value) for _, name, value in (theirs - ours)] == [("socks.results", str(ord("2")))]
    assert ours - theirs == Counter()
    assert ours.total() == 30


@needs_captures
@pytest.mark.parametrize("topic", ["dns", "quic", "ethernet-ip-tcp-udp", "http1", "tls"])
def test_other_protocols_are_not_taken_for_socks(topic):
    with (FOLDER / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        names = [row["file"] for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE) if row["topic"] == topic]
    specs = [spec for spec in registry.load().specs if spec.name.startswith("socks5")]
    taken = {}
    for name in names[::4]:
        with open_capture(FOLDER / name) as capture:
            found = Counter(message.protocol for message in dissect(capture, specs) if message.protocol != "data")
        if found:
            taken[name] = found
    assert taken == {}
