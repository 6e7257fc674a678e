import pytest

from support.mutating import outcomes, said
from workbench_quic.initial_text import SMALLEST, InitialText
from workbench_quic.mutators import MUTATORS
from workbench_quic.seeds import HINTS, SEEDS

SESSION = SEEDS[0].messages
OPENED = InitialText.of(SESSION[0])


def packets(name: str, rounds: int = 300) -> list[InitialText]:
    return [packet for raw in said(MUTATORS, name, SESSION, rounds) if (packet := InitialText.of(raw)) is not None]


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


@pytest.mark.parametrize("name", ["acknowledgements", "crypto", "foreign-frame", "odd-frame", "token"])
def test_what_is_said_otherwise_is_protected_with_right_keys(name):
    raws = said(MUTATORS, name, SESSION, 150)
    assert len(packets(name, 150)) == len(raws)
    assert all(len(raw) >= SMALLEST for raw in raws)


def test_acknowledgements_are_about_what_was_never_sent():
    frames = [packet.frames for packet in packets("acknowledgements")]
    assert all(frame[0] in (2, 3) for frame in frames)
    assert any(frame[1:9] == b"\xff" * 8 for frame in frames)


def test_the_hello_comes_in_pieces_with_holes_and_in_reverse():
    whats = {change.what for change in outcomes(MUTATORS, "crypto", SESSION)}
    assert {"CRYPTO: pieces in reverse", "CRYPTO: a hole of one byte", "CRYPTO: halves that overlap and differ"} <= whats
    assert any(packet.frames.endswith(b"\x06" + b"\xff" * 8 + b"\1x") for packet in packets("crypto"))


def test_frames_come_that_may_not():
    frames = b"".join(packet.frames for packet in packets("foreign-frame"))
    assert all(bytes([kind]) in frames for kind in (0x04, 0x07, 0x10, 0x18, 0x1A, 0x1E, 0x31))


def test_parameters_change_and_lengths_around_them_do_not():
    assert OPENED is not None
    changes = [packet.frames for packet in packets("parameters")]
    assert len(changes) > 10
    assert all(len(frames) == len(OPENED.frames) for frames in changes)


def test_headers_lie():
    found = packets("header")
    assert {0, 1, 8, 20} & {len(packet.dcid) for packet in found}
    assert 0xFFFF_FFFF in {packet.number for packet in found}
    assert len(found) < len(said(MUTATORS, "header", SESSION))


def test_datagrams_are_too_small_or_hold_several_packets():
    sizes = {len(raw) for raw in said(MUTATORS, "datagram", SESSION)}
    assert {1, SMALLEST - 1, 9_000} <= sizes
    behind = [InitialText.of(packet.behind) for packet in packets("datagram") if packet.behind]
    assert any(packet is not None and packet.dcid != OPENED.dcid for packet in behind)


def test_versions_are_unknown_and_connections_many():
    versions = {int.from_bytes(raw[1:5], "big") for raw in said(MUTATORS, "version", SESSION)}
    assert {0, 1, 0x6B3343CF, 0x0A0A0A0A, 0xFFFFFFFF} <= versions
    begun = [
        {packet.dcid for raw in change.messages if (packet := InitialText.of(raw))}
        for change in outcomes(MUTATORS, "again", SESSION)
    ]
    assert max(map(len, begun)) == 31
    assert min(map(len, begun)) == 1
