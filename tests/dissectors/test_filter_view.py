from captures.layers import layers
from dissectors.filter_view import Headers, View, header_values, message_values
from support.filter_capture import frames, opened
from support.messages import message
from workbench.api import Direction, Field, Note, Severity


def test_headers_say_what_the_tree_of_the_packet_says(tmp_path):
    with opened(tmp_path) as capture:
        for number in range(1, len(frames()) + 1):
            values = header_values(capture, number)
            for branch in layers(capture.packet(number), streams=capture.streams_of(number)):
                for _, node in branch.walk():
                    if (
                        node.value is None
                        or not node.abbrev
                        or node.abbrev in ("frame.time_epoch", "frame.protocols", "data.data")
                    ):
                        continue
                    assert node.value in [found.value for found in values[node.abbrev]], node.abbrev


def test_quoted_headers_count_too(tmp_path):
    with opened(tmp_path) as capture:
        values = header_values(capture, len(frames()))
        assert [found.value for found in values["ip.src"]] == ["10.0.0.9", "10.0.0.1"]
        assert len(values["udp"]) == 1
        assert values["frame.protocols"][0].value == "eth:ethertype:ip:icmp:ip:udp"


def test_comments_of_a_campaign(tmp_path):
    with opened(tmp_path) as capture:
        assert header_values(capture, 3)["fuzz.mutation"][0].value == "kind: 1 to 9"
        assert "fuzz.mutation" not in header_values(capture, 4)


def test_times_and_bytes(tmp_path):
    with opened(tmp_path) as capture:
        second = header_values(capture, 2)
        assert second["frame.time_delta"][0].value == second["frame.time_relative"][0].value == 1_500_000
        assert second["frame"][0].bytes == capture.data(2)
        assert second["tcp"][0].bytes == capture.data(2)[34:]
        assert second["eth.src"][0].bytes == capture.data(2)[6:12]


def test_messages_say_their_fields_and_what_we_say_of_them():
    root = Field("toy", 0, 3, None, (Field("a", 0, 1, 1, abbrev="toy.a", text="one"), Field("a", 1, 2, 2, abbrev="toy.a")), "toy")
    notes = (Note(Severity.WARN, "odd", section="RFC 1 2"), Note(Severity.CHAT, "so so"))
    said = {}
    message_values(message(Direction.TO_CLIENT, b"abc", root=root, notes=notes, label="x", layer=("tls", "http2")), said)
    assert [found.value for found in said["toy.a"]] == [1, 2]
    assert said["toy.a"][0].bytes == b"a"
    assert said["toy"][0].value is None
    assert [found.text for found in said["note.severity"]] == ["warn", "chat"]
    assert [found.value for found in said["note.section"]] == ["RFC 1 2"]
    assert [found.value for found in said["workbench.layer"]] == ["tls", "http2"]
    assert said["workbench.direction"][0].value == "to_client"
    assert "workbench.summary" not in said  # it has none


def test_protocols_of_headers_and_messages_together(tmp_path):
    with opened(tmp_path) as capture:
        inside = message(Direction.TO_SERVER, root=Field("x", 0, 1, abbrev="toy"))
        view = View(Headers(capture, 1), (inside, inside))
        assert [found.value for found in view.of_packet(("frame.protocols",))] == ["eth:ethertype:ip:tcp:toy"]
        assert view.of_packet(("nothing",)) == []
        assert view.of_messages("nothing") == ()
