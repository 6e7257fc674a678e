from workbench_dns.vocabulary import META_TYPES, TYPES
from workbench_dns.zone_file import read_zone
from workbench_dns.zone_text import ZONE

RARE = {
    "MD", "MF", "MG", "MR", "NSAP-PTR", "SIG", "NXT", "EID", "NIMLOC", "ATMA", "A6", "SINK", "NSEC3", "NINFO", "RKEY", "TALINK",
    "DSYNC", "UINFO", "UID", "GID", "UNSPEC", "NXNAME", "AVC", "DOA", "AMTRELAY", "RESINFO", "WALLET", "TA", "DLV", "WINS", "WINS-R",
    "XPF",
}  # fmt: skip
"""Obsolete, experimental, or of no use without a signed zone."""


def test_it_has_one_of_everything():
    zone = read_zone(ZONE)
    there = {kind for node in zone.nodes.values() for kind in node}
    missing = {name for number, name in TYPES.items() if number not in there and number not in META_TYPES}
    assert missing == RARE


def test_its_domain_can_belong_to_nobody():
    assert read_zone(ZONE).origin == (b"workbench", b"test")
