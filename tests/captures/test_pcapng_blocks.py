import struct

from hypothesis import given
from hypothesis import strategies as st

from captures import pcapng_blocks as blocks


def _option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def test_options_end_at_their_end_mark_or_where_they_are_cut():
    body = _option(1, b"abc") + _option(9, b"\x06") + bytes(4) + _option(5, b"behind the end")
    assert list(blocks.options(body, 0, "<")) == [(1, b"abc"), (9, b"\x06")]
    assert list(blocks.options(_option(1, b"abcdefgh")[:9], 0, "<")) == []


def test_comments_are_all_of_them():
    body = b"xx" + _option(1, b"one", ">") + _option(2, b"no", ">") + _option(1, "zwölf".encode(), ">")
    assert blocks.comments_in(body, 2, ">") == ("one", "zwölf")


def test_an_interface_with_everything():
    options = b"".join(
        [
            _option(2, b"eth0"),
            _option(3, b"uplink"),
            _option(9, b"\x09"),
            _option(11, b"\0tcp port 80"),
            _option(14, struct.pack("<q", -3600)),
        ]
    )
    interface = blocks.interface_from(struct.pack("<HHI", 113, 0, 96) + options, "<")
    assert (interface.link_type, interface.snaplen, interface.name, interface.description) == (113, 96, "eth0", "uplink")
    assert (interface.filter, interface.resolution, interface.offset_s) == ("tcp port 80", 1_000_000_000, -3600)


def test_clocks_tick_in_powers_of_ten_or_two():
    head = struct.pack("<HHI", 1, 0, 0)
    assert blocks.interface_from(head, "<").resolution == 1_000_000
    assert blocks.interface_from(head + _option(9, b"\x03"), "<").resolution == 1000
    assert blocks.interface_from(head + _option(9, b"\x8a"), "<").resolution == 1024
    assert blocks.interface_from(head + _option(14, struct.pack("<q", 1 << 60)), "<").offset_s == 0


def test_statistics_may_leave_things_out():
    head = struct.pack("<III", 3, 0, 0)
    assert blocks.statistics_in(head, "<") == (3, -1, -1)
    counted = head + _option(4, struct.pack("<Q", 10)) + _option(5, struct.pack("<Q", 2))
    assert blocks.statistics_in(counted, "<") == (3, 10, 2)


def test_names_and_secrets():
    body = _option(1, bytes([10, 0, 0, 1]) + b"alpha\0other\0") + _option(2, bytes(15) + b"\x01beta\0") + _option(77, b"?")
    assert blocks.names_in(body, "<") == {"10.0.0.1": "alpha", "::1": "beta"}
    assert blocks.secret_in(struct.pack("<II", blocks.TLS_KEY_LOG, 5) + b"abcde\0\0\0", "<") == b"abcde"
    assert blocks.secret_in(struct.pack("<II", 0x57474B4C, 5) + b"abcde\0\0\0", "<") is None
    assert blocks.secret_in(b"short", "<") is None


@given(st.binary(min_size=12, max_size=80))
def test_any_bytes_are_taken_without_complaint(body):
    for order in "<>":
        blocks.interface_from(body, order)
        blocks.statistics_in(body, order)
        blocks.names_in(body, order)
        blocks.secret_in(body, order)
        blocks.comments_in(body, 3, order)


def test_options_of_a_packet_are_little_endian_whatever_the_file_is():
    def body(order):
        flags, drops = struct.pack(f"{order}I", 1), struct.pack(f"{order}Q", 5)
        custom = struct.pack(f"{order}I", 32473) + b"text"
        return b"".join(_option(code, value, order) for code, value in ((2, flags), (4, drops), (2988, custom), (1, b"a")))

    assert blocks.packet_options(body(">"), ">") == blocks.packet_options(body("<"), "<")
    assert blocks.packet_options(body(">"), ">")[0] == (2, b"\1\0\0\0")
    assert blocks.packet_options(body(">"), ">")[3] == (1, b"a")
