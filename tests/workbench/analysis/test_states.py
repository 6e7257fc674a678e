import pytest

from captures.capture import open_capture
from support.http_pairs import request
from support.messages import message
from support.surveys import spoken
from workbench.analysis import states
from workbench.analysis.sections import Material
from workbench.api import Direction, Field, ProtocolSpec
from workbench.reporting.answer import Answer
from workbench.reporting.json_report import report_object

TABLE = {("start", "hello"): "open", ("open", "ask"): "busy", ("busy", "tell"): "open", ("open", "bye"): "over"}
SPEC = ProtocolSpec(name="toy", title="Toy", decoder=lambda _: None, states=TABLE)
BROKEN = Field("toy", 0, 4, error="wrong")


@pytest.fixture
def material(tmp_path):
    with open_capture(spoken(tmp_path / "x.pcap", [request()])) as capture:
        yield Material(capture=capture, specs=(SPEC,))


def covered(material, labels, **more):
    collector = states.SECTION.begin(material)
    for number, label in enumerate(labels, 1):
        values = {"label": label, "packet": number, **more} if isinstance(label, str) else {"packet": number, "root": label}
        collector.message(message(Direction.TO_SERVER, **values))
    parts = tuple(collector.parts())
    return report_object((Answer(section="states", title="", about="", parts=parts),))


def test_transitions_are_counted_with_their_first_packet(material):
    found = covered(material, ["hello", "ask", "tell", "ask", "tell"])
    (row,) = found["states"]
    assert (row["protocol"], row["flows"], row["seen"], row["transitions"], row["share"]) == ("toy", 1, 3, 4, 0.75)
    steps = {(each["state"], each["label"]): (each["count"], each["first_packet"]) for each in found["states_transitions"]}
    assert steps == {("start", "hello"): (1, 1), ("open", "ask"): (2, 2), ("busy", "tell"): (2, 3), ("open", "bye"): (0, None)}
    assert found["states_illegal"] == []


def test_what_the_table_does_not_allow_is_shown_with_its_packet(material):
    (illegal,) = covered(material, ["hello", "tell", "bye"])["states_illegal"]
    assert (illegal["state"], illegal["label"], illegal["count"], illegal["first_packet"]) == ("open", "tell", 1, 2)


def test_a_flow_that_began_earlier_is_not_illegal(material):
    found = covered(material, ["tell", "ask"])
    assert found["states_illegal"] == []
    assert found["states"][0]["seen"] == 2


def test_after_a_broken_message_nobody_knows_the_state(material):
    assert covered(material, ["hello", BROKEN, "tell"])["states_illegal"] == []


def test_labels_beyond_the_table_do_not_count(material):
    assert covered(material, ["nonsense"])["states"][0]["seen"] == 0


def test_flows_without_end_are_forgotten(material, monkeypatch):
    monkeypatch.setattr(states, "MOST_FLOWS", 1)
    collector = states.SECTION.begin(material)
    for stream in (1, 2, 1):
        collector.message(message(Direction.TO_SERVER, label="hello", stream=stream))
    (summary, _, _) = collector.parts()
    assert summary.rows[0][1] == 3
