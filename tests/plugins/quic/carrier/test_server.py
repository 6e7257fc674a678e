"""Which datagram is whose, and what strangers are told."""

import pytest
from aioquic.buffer import Buffer
from aioquic.quic.packet import QuicPacketType, pull_quic_header

from support.certificates import pair_of
from support.quic_peer import QuicPeer, QuicWorld
from support.quic_world import MILLISECOND, SECOND, Echo, World, credentials_of
from workbench.api import Endpoint, StreamData, UsageError
from workbench_quic.carrier import server as module
from workbench_quic.carrier.served import HANDSHAKE_NS
from workbench_quic.checks.building import crypto
from workbench_quic.checks.talk import Talk
from workbench_quic.versions import V1, V2

STRANGER = Endpoint("127.0.0.9", 999)


def first_flight(**setup):
    """A client's first datagram."""
    return World().line(**setup).client.outgoing(SECOND)[0]


def kinds(datagrams):
    return [pull_quic_header(Buffer(data=datagram), 8).packet_type for datagram in datagrams]


# strangers


def test_an_unknown_version_is_told_what_there_is():
    """RFC 9000 6.1."""
    datagram = bytearray(first_flight())
    datagram[1:5] = bytes.fromhex("1a2a3a4a")
    answer = World(settings={"versions": "v2,v1"}).raw(bytes(datagram), STRANGER)
    assert pull_quic_header(Buffer(data=answer[0])).supported_versions == [V2, V1]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a small datagram", lambda data: data[:1199]),
        ("Version Negotiation", lambda data: data[:1] + bytes(4) + data[5:]),
        ("nothing", lambda _: b""),
        ("rubbish", lambda _: bytes(1200)),
        ("a short connection ID", lambda data: data[:5] + b"\x04" + data[6:10] + data[14:] + bytes(4)),
    ],
)
def test_no_answer(what, change):
    world = World()
    assert world.raw(change(first_flight()), STRANGER) == []
    assert not world.server._all


def test_a_small_datagram_of_an_unknown_version_gets_nothing():
    """RFC 9000 6.1: the answer must not be larger than the question."""
    datagram = first_flight()[:1] + bytes.fromhex("1a2a3a4a") + first_flight()[5:1100]
    assert World().raw(datagram, STRANGER) == []


def test_answers_that_cannot_be_sent_are_few(monkeypatch):
    monkeypatch.setattr(module, "MOST_ANSWERS", 3)
    world = World(settings={"retry": "yes"})
    flight = first_flight()
    for port in range(10):
        world.server.receive(flight, Endpoint("127.0.0.9", port), SECOND)
    assert len(world.server.outgoing(SECOND)) == 3
    assert world.raw(flight, STRANGER), "the next one is answered again"


def test_a_version_that_is_turned_off_is_negotiated():
    world = World(settings={"versions": "v1"})
    line = world.line(settings={"versions": "v2,v1"})
    world.settle()
    assert line.client.ready
    assert world.sessions[0].version == "QUIC v1"


def test_version_2_from_the_beginning():
    world = World(settings={"versions": "v2"})
    assert world.connected(settings={"versions": "v2"}).client.ready
    assert world.sessions[0].version == "QUIC v2"


def test_a_client_that_prefers_version_2_gets_it():
    """RFC 9369 4: it begins with version 1, which both speak, and the server goes on in version 2."""
    world = World()
    line = world.line(settings={"versions": "v2,v1"})
    line.client.core.configuration.original_version = V1
    world.settle()
    assert line.client.ready
    assert world.sessions[0].version == "QUIC v2"
    assert line.client.core.number == V2


def test_retry_before_anything_else():
    """RFC 9000 8.1.2."""
    world = World(settings={"retry": "yes"})
    line = world.connected()
    assert kinds(line.received)[0] is QuicPacketType.RETRY
    assert line.talk(StreamData(0, b"hi", True)) == [StreamData(0, b"hi", True)]


def test_a_token_is_for_one_address():
    """RFC 9000 8.1.4."""
    world = World(settings={"retry": "yes"})
    line = world.line()
    first = line.client.outgoing(world.now_ns)[0]
    line.client.receive(world.raw(first, line.home)[0], world.now_ns)
    second = line.client.outgoing(world.now_ns)[0]
    answer = world.raw(second, STRANGER)
    assert kinds(answer) == [QuicPacketType.INITIAL]
    assert not world.server._all, "INVALID_TOKEN costs no state"
    line.client.receive(answer[0], world.now_ns)
    assert "INVALID_TOKEN" in line.client.ended
    assert kinds(world.raw(second, line.home))[0] is QuicPacketType.INITIAL
    assert len(world.server._all) == 1


def test_a_token_is_good_for_half_a_minute():
    world = World(settings={"retry": "yes"})
    line = world.line()
    line.client.receive(world.raw(line.client.outgoing(world.now_ns)[0], line.home)[0], world.now_ns)
    second = line.client.outgoing(world.now_ns)[0]
    world.now_ns += 31 * SECOND
    world.raw(second, line.home)
    assert not world.server._all


def test_many_half_open_handshakes_make_everybody_prove_the_address(monkeypatch):
    monkeypatch.setattr(module, "MOST_HALF_OPEN", 3)
    world = World()
    for number in range(3):
        assert QuicPacketType.RETRY not in kinds(world.raw(first_flight(), Endpoint("127.0.0.2", 1000 + number)))
    assert kinds(world.raw(first_flight(), STRANGER)) == [QuicPacketType.RETRY]
    assert world.connected().client.ready, "an honest client comes in nevertheless"
    world.wait(HANDSHAKE_NS + 5 * SECOND)
    assert QuicPacketType.RETRY not in kinds(world.raw(first_flight(), STRANGER)), "the others were given up"


def test_a_full_house():
    world = World(connections=2)
    world.connected()
    world.connected()
    line = world.line()
    world.settle()
    assert "CONNECTION_REFUSED" in line.client.ended
    assert world.told("refused") == ["2 connections are open"]
    assert world.server.open == 2


def test_nothing_is_kept_for_a_first_packet_that_cannot_be_opened():
    world = World()
    datagram = bytearray(first_flight())
    datagram[100] ^= 1
    assert world.raw(bytes(datagram), STRANGER) == []
    assert (world.server._all, world.server._connections, world.log) == ({}, {}, [])


def test_an_unanswered_handshake_gets_no_more_than_three_times_its_bytes():
    """RFC 9000 8.1."""
    world = World()
    datagram = first_flight()
    answers = world.raw(datagram, STRANGER)
    for _ in range(50):
        due_ns = world.server.due_ns()
        if due_ns is None:
            break
        world.pass_to(due_ns)
        answers += [answer for answer, _ in world.server.outgoing(world.now_ns)]
    assert answers
    assert sum(map(len, answers)) <= 3 * len(datagram)
    assert len(world.told("failed")) == 1
    assert not world.server._all
    assert not world.server._connections


def test_a_datagram_of_nobody_is_reset():
    """RFC 9000 10.3."""
    world = World()
    datagram = b"\x41" + b"nobody!!" + bytes(40)
    answer = world.raw(datagram, STRANGER)[0]
    assert answer.endswith(world.server._resets.token(b"nobody!!"))
    assert len(answer) < len(datagram)


# certificates, key log


def test_the_certificate_for_the_name():
    world = World(credentials=lambda name: credentials_of("app.test" if name == "app.test" else "localhost"))
    assert world.connected(server_name="app.test").client.ready
    assert world.connected(server_name="localhost").client.ready
    assert [session.server_name for session in world.sessions] == ["app.test", "localhost"]


def test_new_certificates_without_a_restart():
    current = [credentials_of("app.test")]
    world = World(credentials=lambda _: current[0])
    line = world.line()
    world.settle()
    assert "doesn't match" in line.client.ended
    current[0] = credentials_of("localhost")
    assert world.connected().client.ready


def test_no_certificate_no_server():
    from workbench.api import Credentials

    with pytest.raises(UsageError, match="no certificate"):
        World(credentials=lambda _: Credentials(b"", b""))
    with pytest.raises(UsageError, match="loudness"):
        World(settings={"loudness": "11"})


def test_secrets_are_logged():
    world = World()
    world.connected()
    labels = {line.split()[0] for line in world.keys}
    assert labels == {
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
    }
    assert len({line.split()[1] for line in world.keys}) == 1


def test_the_server_chooses_the_application():
    world = World(alpn=("second", "first"))
    world.connected(alpn=("first", "second"))
    assert world.sessions[0].alpn == "second"


# sessions


def again(world, **setup):
    """A client that takes up the session of one before, with `hello` in its first flight."""
    before = world.connected(**setup)
    (ticket,) = before.client.tickets
    return resuming(world, ticket, **setup), ticket


def resuming(world, ticket, **setup):
    line = world.line(**setup)
    line.client.core.configuration.session_ticket = ticket
    line.client.send(bytes(StreamData(0, b"hello", True)))
    return line


def test_a_session_is_taken_up_with_data_in_the_first_flight():
    world = World()
    again(world)
    world.deliver()
    world.settle()
    assert (world.sessions[1].resumed, world.sessions[1].early) == (True, True)
    assert world.apps[1].heard == b"hello"
    assert any(key.startswith("CLIENT_EARLY_TRAFFIC_SECRET") for key in world.keys)


class Careful(Echo):
    """Notes what was early of that what it was told."""

    def __init__(self):
        super().__init__()
        self.early = False
        self.told = []

    def receive(self, data):
        self.told.append((self.early, data))
        return super().receive(data)


def test_the_application_learns_what_may_be_a_replay():
    """RFC 9001 9.2: until the client's Finished came, nobody knows that it is there."""
    world = World(Careful)
    line, _ = again(world)
    world.deliver()
    assert [early for early, _ in world.apps[1].told] == [True]
    world.settle()
    line.talk(StreamData(4, b"later", True))
    assert [(early, bytes(StreamData(4, b"later", True)) == data) for early, data in world.apps[1].told] == [
        (True, False),
        (False, True),
    ]
    assert [early for early, _ in world.apps[0].told] == [False] * len(world.apps[0].told)


def test_a_ticket_is_good_once():
    """RFC 8446 8.1: nobody sends the first flight again."""
    world = World()
    _, ticket = again(world)
    world.settle()
    line = resuming(world, ticket)
    world.wait(3 * SECOND)
    assert line.client.ready
    assert (world.sessions[2].resumed, world.sessions[2].early) == (False, False)
    assert world.apps[2].heard == b"hello", "after the handshake"


def test_early_data_can_be_turned_off():
    world = World(settings={"early": "no"})
    before = world.connected()
    assert before.client.tickets[0].max_early_data_size is None
    line = resuming(world, before.client.tickets[0])
    world.wait(3 * SECOND)
    assert (world.sessions[1].resumed, world.sessions[1].early) == (True, False)
    assert world.apps[1].heard == b"hello"
    assert line.client.ready


def test_a_session_of_another_application_is_not_taken_up():
    """RFC 8446 4.2.10."""
    world = World(alpn=("echo", "other"))
    (ticket,) = world.connected().client.tickets
    resuming(world, ticket, alpn=("other",))
    world.wait(3 * SECOND)
    assert (world.sessions[1].alpn, world.sessions[1].resumed) == ("other", False)


# times


def test_timers_are_as_precise_as_asked_for():
    world = World()
    line = world.connected()
    world.lose = lambda to_server, _: not to_server
    line.client.send(bytes(StreamData(0, b"x", True)))
    world.deliver()
    due_ns = world.server.due_ns()
    assert due_ns is not None
    before = next(iter(world.server._all)).core._packet_number
    world.server.wakeup(due_ns - MILLISECOND)
    world.server.outgoing(due_ns - MILLISECOND)
    assert next(iter(world.server._all)).core._packet_number == before
    while next(iter(world.server._all)).core._packet_number == before:
        due_ns = world.server.due_ns()
        world.server.wakeup(due_ns)
        world.server.outgoing(due_ns)
    assert due_ns < world.now_ns + SECOND


def test_nothing_is_left_of_those_who_are_gone():
    world = World()
    for _ in range(5):
        line = world.connected()
        line.client.core.close(0, None, "")
        world.settle()
    world.wait(20 * SECOND)
    server = world.server
    assert server.open == 0
    assert [server._all, server._connections, server._owners, server._half_open, server._timers] == [{}, {}, {}, {}, []]
    assert server.due_ns() is None


def test_applications_hear_the_time():
    class Clock(Echo):
        def __init__(self):
            super().__init__()
            self.times = []

        def wakeup(self, now_ns):
            self.times.append(now_ns)
            return b""

    world = World(Clock)
    world.connected()
    world.wait(2 * SECOND)
    times = world.apps[0].times
    assert 8 <= len(times) <= 16
    assert times == sorted(times)


def test_a_key_pair_of_rsa():
    world = World(credentials=lambda _: credentials_of("app.test"))
    assert world.connected(server_name="app.test", cacert=pair_of("ca").certificate).client.ready


def test_a_first_packet_that_breaks_a_rule_is_told_so():
    """RFC 9000 17.2: reserved bits. It could be opened, so somebody is there who should know."""
    world = QuicWorld()
    peer = QuicPeer(world)
    talk = Talk(peer)
    peer.send(talk.initial(crypto(0, talk.hello()), reserved=1))
    assert kinds(peer.receive_datagrams()) == [QuicPacketType.INITIAL]
    assert world.server.open == 0
