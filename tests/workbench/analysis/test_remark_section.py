from support.http_pairs import UP, request, response
from support.surveys import asked, spoken

TWO_LENGTHS = (UP, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n")


def test_what_is_odd_is_said_with_its_rule_and_its_first_packet(tmp_path):
    path = spoken(tmp_path / "x.pcap", [request(), response(), TWO_LENGTHS, response(), TWO_LENGTHS, response()])
    row = next(row for row in asked(path, "remarks")["remarks"] if "RFC" in row["section"])
    assert (row["protocol"], row["count"]) == ("http1", 2)
    first = row["first_packet"]
    (alone,) = (row for row in asked(path, "remarks", only=f"frame.number=={first}")["remarks"] if "RFC" in row["section"])
    assert (alone["count"], alone["first_packet"]) == (1, first)


def test_an_orderly_conversation_has_none(tmp_path):
    assert asked(spoken(tmp_path / "x.pcap", [request(), response()]), "remarks") == {"remarks": []}
