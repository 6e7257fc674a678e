import dns.message
import pytest

from workbench_dns.message import read_message
from workbench_dns.seeds import HINTS, LLMNR_SEEDS, MULTICAST_SEEDS, SEEDS, STREAM_SEEDS
from workbench_dns.vocabulary import opcode_name


@pytest.mark.parametrize("seed", [*SEEDS, *MULTICAST_SEEDS[:2], *LLMNR_SEEDS], ids=lambda seed: seed.name)
def test_dnspython_reads_them(seed):
    """Not the announcements: it does not know that multicast compresses the name in NSEC (RFC 6762 18.14)."""
    for raw in seed.messages:
        dns.message.from_wire(raw, ignore_trailing=False)


def test_they_ask_for_every_opcode():
    said = {opcode_name(read_message(raw).opcode) for seed in SEEDS for raw in seed.messages}
    assert said == {"query", "notify", "update", "status"}
    streamed = {opcode_name(read_message(raw, 2).opcode) for seed in STREAM_SEEDS for raw in seed.messages}
    assert "dso" in streamed


def test_streams_have_lengths():
    for seed in STREAM_SEEDS:
        assert all(int.from_bytes(raw[:2], "big") == len(raw) - 2 for raw in seed.messages)


def test_names_are_unique():
    for seeds in (SEEDS, STREAM_SEEDS, MULTICAST_SEEDS, LLMNR_SEEDS):
        assert len({seed.name for seed in seeds}) == len(seeds)


def test_tokens_are_none_twice():
    assert len(set(HINTS.tokens)) == len(HINTS.tokens) > 10
