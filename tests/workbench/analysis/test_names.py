from support.messages import message
from workbench.analysis import names
from workbench.analysis.names import MOST_NAMES, NameBook
from workbench.api import Direction, Field


def answer(packet, *records):
    """Records are (owner, filter name, value)."""
    children = []
    for owner, abbrev, value in records:
        parts = (Field("Name", 0, 0, owner, abbrev="dns.resp.name"), Field("Value", 0, 0, value, abbrev=abbrev))
        children.append(Field("Record", 0, 0, children=parts))
    return message(Direction.TO_CLIENT, protocol="dns", packet=packet, root=Field("dns", 0, 0, children=tuple(children)))


def book(*answers, given=()):
    found = NameBook(dict(given))
    for each in answers:
        found.learn(each)
    return found


def test_an_answer_names_an_address_from_then_on():
    found = book(answer(5, ("www.x", "dns.a", "192.0.2.1"), ("www.x", "dns.aaaa", "2001:db8::1")))
    assert [found.name_of("192.0.2.1", packet) for packet in (4, 5, 9, None)] == ["", "www.x", "www.x", "www.x"]
    assert found.name_of("2001:db8::1") == "www.x"
    assert found.name_of("192.0.2.9") == ""
    assert len(found) == 2


def test_the_latest_name_by_then_counts():
    found = book(answer(5, ("old.x", "dns.a", "192.0.2.1")), answer(8, ("new.x", "dns.a", "192.0.2.1")))
    assert [found.name_of("192.0.2.1", packet) for packet in (4, 7, 8)] == ["", "old.x", "new.x"]


def test_of_aliases_the_name_that_was_asked_for():
    chain = (("www.x", "dns.cname", "cdn.y"), ("cdn.y", "dns.cname", "edge.z"), ("edge.z", "dns.a", "192.0.2.1"))
    assert book(answer(1, *chain)).name_of("192.0.2.1") == "www.x"


def test_aliases_in_a_circle_end():
    circle = (("a", "dns.cname", "b"), ("b", "dns.cname", "a"), ("a", "dns.a", "192.0.2.1"))
    assert book(answer(1, *circle)).name_of("192.0.2.1") in ("a", "b")


def test_what_the_file_says_holds_for_all_of_it():
    found = book(answer(5, ("www.x", "dns.a", "192.0.2.1")), given=[("192.0.2.1", "gate")])
    assert found.name_of("192.0.2.1", 1) == "gate"


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(names, "MOST_ADDRESSES", 2)
    found = book(*(answer(number, (f"n{number}", "dns.a", f"192.0.2.{number % 3}")) for number in range(100)))
    assert found.name_of("192.0.2.2") == ""
    assert len(found._seen["192.0.2.0"]) == MOST_NAMES
