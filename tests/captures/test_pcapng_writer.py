import io
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from captures import open_capture, pcapng_blocks
from captures.pcapng_building import MAX_OPTION
from captures.pcapng_writer import PcapngWriter
from workbench.api import Direction


def _written(path, write):
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        write(writer)
        writer.flush()
    capture = open_capture(path)
    capture.grow()
    return capture


def test_everything_that_is_written_can_be_read(tmp_path):
    path = tmp_path / "out.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file, hardware="abacus", os="none", comment="made for a test")
        assert writer.interface("lo", filter="tcp port 80", description="loop") == 0
        assert writer.interface("eth0", link_type=113, snaplen=96) == 1
        writer.secrets(b"CLIENT_RANDOM 00 11\n")
        writer.names({"10.0.0.1": "alpha", "::1": "beta", "nonsense": "nobody"})
        writer.packet(1_700_000_000_123_456_789, b"one", comments=["a", "b"], direction=Direction.TO_SERVER)
        writer.packet(1_700_000_000_123_456_790, b"two!", interface=1, original_length=1500)
        writer.statistics(0, 1_700_000_001_000_000_000, received=2, dropped=1)
        writer.statistics(1, 1_700_000_001_000_000_000)
    with open_capture(path) as capture:
        assert capture.grow() == 2
        lo, eth = capture.interfaces
        assert (lo.name, lo.filter, lo.description, lo.resolution) == ("lo", "tcp port 80", "loop", 1_000_000_000)
        assert (lo.received, lo.dropped, eth.received, eth.dropped) == (2, 1, -1, -1)
        assert (eth.link_type, eth.snaplen) == (113, 96)
        assert capture.comments == ["made for a test"]
        assert capture.secrets == [b"CLIENT_RANDOM 00 11\n"]
        assert capture.names == {"10.0.0.1": "alpha", "::1": "beta"}
        first, second = capture.packet(1), capture.packet(2)
        assert (first.time_ns, first.data, first.comments) == (1_700_000_000_123_456_789, b"one", ("a", "b"))
        assert (second.original_length, second.link_type, second.comments) == (1500, 113, ())
        assert capture.warnings == []


def test_directions_and_custom_options_are_where_the_format_wants_them():
    file = io.BytesIO()
    writer = PcapngWriter(file)
    before = file.tell()
    writer.packet(0, b"data", direction=Direction.TO_CLIENT, custom=[(32473, "text"), (32473, b"\x01\x02")])
    body = file.getvalue()[before + 8 : -4]
    assert list(pcapng_blocks.options(body, 24, "<")) == [
        (2, struct.pack("<I", 1)),
        (2988, struct.pack("<I", 32473) + b"text"),
        (2989, struct.pack("<I", 32473) + b"\x01\x02"),
    ]
    writer.packet(0, b"data", direction=Direction.TO_SERVER)
    assert struct.pack("<HHI", 2, 4, 2) in file.getvalue()[before + 60 :]


def test_a_text_too_long_for_an_option_is_cut_at_a_character(tmp_path):
    with _written(tmp_path / "x", lambda w: (w.interface("i"), w.packet(0, b"", comments=["ä" * MAX_OPTION]))) as capture:
        (comment,) = capture.packet(1).comments
        assert set(comment) == {"ä"}
        assert MAX_OPTION - 8 < len(comment.encode()) <= MAX_OPTION


def test_many_names_go_into_several_blocks(tmp_path):
    names = {f"10.{n >> 8}.{n & 255}.1": "x" * 200 for n in range(6000)}
    with _written(tmp_path / "x", lambda writer: writer.names(names)) as capture:
        assert capture.names == names


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1 << 62),
            st.binary(max_size=40),
            st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12), max_size=3),
        ),
        max_size=12,
    )
)
def test_any_packets_come_back(tmp_path_factory, packets):
    def write(writer):
        writer.interface("i")
        for time_ns, data, comments in packets:
            writer.packet(time_ns, data, comments=comments)

    with _written(tmp_path_factory.mktemp("out") / "x", write) as capture:
        found = [capture.packet(number) for number in range(1, len(capture.index) + 1)]
        assert [(p.time_ns, p.data, list(p.comments)) for p in found] == packets
        assert capture.warnings == []
