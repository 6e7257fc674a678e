from textual.app import App

from support.messages import message
from support.terminal import SAMPLE
from workbench.api import Direction
from workbench.registry import load
from workbench.session import Session
from workbench.tui.message_rows import headline, latencies, message_rows
from workbench.tui.theme import DARK, palette_for

NAMES = {"http1": "HTTP"}


def stream():
    with Session.open(SAMPLE, load()) as session:
        session.grow()
        return session.stream("tcp", 0)


def test_requests_and_responses_with_their_latency():
    rows = list(message_rows(stream().messages, NAMES))
    assert [row.cells[2] for row in rows] == ["→", "←", "→", "←", "→", "←"]
    assert {row.cells[3] for row in rows} == {"HTTP"}
    assert rows[0].cells[6] == ""
    assert rows[1].cells[6].endswith("µs")
    assert rows[0].cells[9] == "GET / HTTP/1.1"
    assert all(cell.isprintable() for row in rows for cell in row.cells)


def test_rows_of_one_direction_keep_their_numbers():
    rows = list(message_rows(stream().messages, NAMES, Direction.TO_CLIENT))
    assert [row.key for row in rows] == [1, 3, 5]
    assert [row.cells[0] for row in rows] == ["2", "4", "6"]


def test_latency_is_from_complete_request_to_complete_response():
    messages = stream().messages
    found = latencies(messages)
    assert found == {place: messages[place].time_ns - messages[place - 1].time_ns for place in (1, 3, 5)}


def test_headline_says_who_and_how_much():
    app: App[None] = App()
    app.register_theme(DARK)
    app.theme = DARK.name
    app.get_css_variables()
    text = headline("tcp", 0, stream(), NAMES, palette_for(app.theme_variables, True)).plain
    assert text.startswith("tcp.stream 0  127.0.0.1:37590 ⇄ 127.0.0.1:8080  HTTP")
    assert "→ 254 B" in text
    assert "p50" in text


def test_messages_inside_others_are_set_off_and_paired_among_themselves():
    outer = message(Direction.TO_SERVER, exchange=1, time_ns=10)
    inner = message(Direction.TO_SERVER, exchange=1, time_ns=20, layer=("tls",))
    answers = [message(Direction.TO_CLIENT, exchange=1, time_ns=each.time_ns + 5, layer=each.layer) for each in (outer, inner)]
    messages = [outer, inner, *answers]
    assert [row.cells[3] for row in message_rows(messages, {})] == ["toy", "› toy", "toy", "› toy"]
    assert latencies(messages) == {2: 5, 3: 5}
