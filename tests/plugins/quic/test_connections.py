"""The connections of a capture: found by IDs of any length, resets recognised, floods bounded."""

from support.quic_wire import CLIENT, PING, SERVER, Flows, Wire, crypto
from workbench.api import NO_SECRETS, Memory
from workbench_quic import connections as module
from workbench_quic import limits
from workbench_quic.connection import Connection
from workbench_quic.connections import Connections, Route, Routes, connections_of
from workbench_quic.versions import V1, version_of

VERSION = version_of(V1)


def test_a_capture_has_one_set_of_connections():
    capture = Memory(10)
    assert connections_of(capture) is connections_of(capture)
    assert connections_of(Memory(10)) is not connections_of(capture)


def test_issued_ids_lead_to_the_connection_and_the_other_role():
    known = Connections()
    one = known.begin(NO_SECRETS, b"original", VERSION)
    known.issue(one, SERVER, b"12345678")
    known.issue(one, CLIENT, b"abcd")
    known.issue(one, CLIENT, b"xyz")
    assert known.find(b"12345678") == Route(one, CLIENT, b"12345678")
    assert known.find(b"abcd").role is SERVER
    assert known.find(b"xyz") is None
    assert [route.cid for route in known.routes_to(one, CLIENT)] == [b"abcd", b"xyz"]


def test_short_headers_find_the_longest_id():
    known = Connections()
    one, two = (known.begin(NO_SECRETS, b"original", VERSION) for _ in range(2))
    known.issue(one, SERVER, b"1234")
    known.issue(two, SERVER, b"123456")
    assert known.find_at(b"\x401234567", 1).connection is two
    assert known.find_at(b"\x4012349", 1).connection is one
    assert known.find_at(b"\x40999999", 1) is None


def test_tokens_reset_their_connection():
    known = Connections()
    one = known.begin(NO_SECRETS, b"original", VERSION)
    known.issue(one, SERVER, b"12345678", b"t" * 16)
    known.remember_token(one, b"u" * 16)
    assert known.reset_by(bytes(10) + b"t" * 16) is one
    assert known.reset_by(bytes(10) + b"u" * 16) is one
    assert known.reset_by(bytes(10) + b"v" * 16) is None


def test_a_flood_of_connections_forgets_the_most_silent(monkeypatch):
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 3)
    known = Connections()
    first, second = (known.begin(NO_SECRETS, b"original", VERSION) for _ in range(2))
    for number, one in enumerate((first, second)):
        known.issue(one, SERVER, b"id-of-%d" % number, bytes((number,)) * 16)
    known.heard(first)
    known.begin(NO_SECRETS, b"original", VERSION)
    known.begin(NO_SECRETS, b"original", VERSION)
    assert (len(known), second.forgotten, first.forgotten) == (3, True, False)
    assert known.find(b"id-of-1") is None
    assert known.find_at(b"\x40id-of-1", 1) is None
    assert known.reset_by(b"\1" * 16) is None
    assert known.find(b"id-of-0").connection is first
    assert known.issue(second, SERVER, b"too late").connection is second
    assert known.find(b"too late") is None


def test_a_flood_of_ids_forgets_the_oldest():
    known = Connections()
    one = known.begin(NO_SECRETS, b"original", VERSION)
    for number in range(1000):
        known.issue(one, SERVER, b"id-%05d" % number, number.to_bytes(16, "big"))
    assert len(known.routes_to(one, SERVER)) == limits.MOST_IDS
    assert known.find(b"id-00000") is None
    assert known.find(b"id-00999").connection is one
    assert len(known._tokens) <= 2 * limits.MOST_IDS


def test_an_id_that_two_connections_have_belongs_to_the_newer_one():
    known = Connections()
    old, new = (known.begin(NO_SECRETS, b"original", VERSION) for _ in range(2))
    known.issue(old, SERVER, b"same")
    known.issue(new, SERVER, b"same")
    assert known.find(b"same").connection is new
    for number in range(limits.MOST_IDS):
        known.issue(old, SERVER, b"more-%d" % number)
    assert known.find(b"same").connection is new


def test_tokens_of_a_capture_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_TOKENS", 5)
    known = Connections()
    for number in range(20):
        known.remember_token(known.begin(NO_SECRETS, b"original", VERSION), number.to_bytes(16, "big"))
    assert len(known._tokens) == 5
    assert known.reset_by((19).to_bytes(16, "big")) is not None


def test_routes_of_a_flow_are_bounded():
    routes = Routes()
    one = Connection(0, NO_SECRETS, [b""], VERSION)
    for number in range(3 * limits.MOST_ROUTES):
        routes.learn(Route(one, CLIENT, b"%06d" % number))
    assert len(routes._routes) == limits.MOST_ROUTES
    assert routes.find(b"000000") is None


def test_routes_give_all_that_a_short_header_may_mean():
    routes = Routes()
    one = Connection(0, NO_SECRETS, [b""], VERSION)
    for cid in (b"", b"ab", b"abcd"):
        routes.learn(Route(one, CLIENT, cid))
    assert [route.cid for route in routes.at(b"\x40abcdef", 1)] == [b"abcd", b"ab", b""]
    assert [route.cid for route in routes.at(b"\x40xy", 1)] == [b""]


def test_a_flood_of_initial_packets_is_bounded(monkeypatch):
    """Each begins a connection; whoever was forgotten can begin again."""
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 16)
    flows = Flows()
    wires = [Wire(original=b"flood%03d" % number, client=b"cl%03d" % number) for number in range(40)]
    for wire in wires:
        (message,) = flows.messages((CLIENT, wire.initial(CLIENT, crypto(wire.client_hello()))))
        assert message.label == "initial.crypto"
    assert len(connections_of(flows.capture)) == 16
    (again,) = flows.messages((CLIENT, wires[0].initial(CLIENT, PING)))
    assert again.label == "initial.ping"


def test_what_waits_in_all_connections_together_is_bounded(monkeypatch):
    """Holes that nobody fills: the connections that were silent longest are forgotten, the others stay."""
    monkeypatch.setattr(module, "MOST_WAITING", 20_000)
    flows = Flows()
    wires = [Wire(original=b"holes%03d" % number, client=b"cl%03d" % number) for number in range(40)]
    for wire in wires:
        flows.messages((CLIENT, wire.initial(CLIENT, crypto(bytes(1_000), 50))))
    known = connections_of(flows.capture)
    assert 5 < len(known) < 20
    assert known._waiting == sum(issued.connection.waiting for issued in known._known.values()) <= 20_000
    assert flows.messages((CLIENT, wires[-1].initial(CLIENT, crypto(bytes(60)))))[0].label == "initial.crypto"
    assert known._waiting == sum(issued.connection.waiting for issued in known._known.values())
