from support.messages import message
from workbench.analysis.sequence import sequence_of
from workbench.api import UNDECODED, Direction, Endpoint, Field, FlowKey

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
FLOW = FlowKey("tcp", Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2))


def steps(messages, **more):
    return sequence_of("t", FLOW, messages, **more).steps


def test_steps_say_when_where_and_what():
    asked = message(UP, b"abc", summary="ask", label="a", packet=3, time_ns=1000, layer=("tls",))
    told = message(DOWN, b"abcd", label="tell", packet=5, time_ns=1500, root=Field("x", 0, 4, error="wrong"))
    first, second = steps([asked, told])
    assert (first.text, first.after_ns, first.packet, first.layer, first.faulty) == ("ask", 0, 3, ("tls",), False)
    assert (second.text, second.after_ns, second.bytes, second.faulty) == ("tell", 500, 4, True)


def test_undecoded_bytes_in_a_row_are_one_step():
    data = [message(way, b"12345", protocol=UNDECODED, packet=number) for number, way in enumerate([UP, UP, DOWN, UP], 1)]
    assert [(step.text, step.count, step.packet) for step in steps(data)] == [
        ("10 bytes", 2, 1),
        ("5 bytes", 1, 3),
        ("5 bytes", 1, 4),
    ]


def test_there_is_an_end():
    found = sequence_of("t", FLOW, [message(UP, summary=str(number)) for number in range(10)], most=3)
    assert [step.text for step in found.steps] == ["0", "1", "2"]
    assert found.more == 7
    assert sequence_of("t", FLOW, []).steps == ()
