from hypothesis import given
from hypothesis import strategies as st

from workbench.api import CLIENT, Hang, Hold, Pass, Resume
from workbench_socks5.relay import Relay


def opened(limit=100):
    relay = Relay(limit, [])
    relay.open(7)
    return relay


def test_early_bytes_wait_for_the_link():
    relay = Relay(100, [])
    relay.from_client(b"early ")
    relay.from_client(b"bird")
    assert relay.commands == []
    relay.open(7)
    assert relay.commands == [Pass(7, b"early bird")]


def test_a_client_that_ended_early_is_half_closed_once_the_link_is_there():
    relay = Relay(100, [])
    relay.from_client(b"")
    relay.open(7)
    assert relay.commands == [Hang(7, half=True)]


def test_a_slow_target_holds_the_client_back():
    relay = opened()
    relay.from_client(bytes(101))
    assert relay.commands == [Pass(7, bytes(101)), Hold(CLIENT)]
    relay.taken(50)
    assert Resume(CLIENT) not in relay.commands
    relay.taken(1)
    assert relay.commands[-1] == Resume(CLIENT)


def test_an_impatient_client_is_held_back_before_the_link_is_there():
    relay = Relay(100, [])
    relay.from_client(bytes(101))
    assert relay.commands == [Hold(CLIENT)]
    relay.open(7)
    relay.taken(101)
    assert relay.commands[-1] == Resume(CLIENT)


def test_a_slow_client_holds_the_target_back():
    relay = opened()
    relay.from_link(bytes(101))
    assert relay.commands == [Hold(7)]
    assert relay.pull() == bytes(101)
    assert relay.commands == [Hold(7), Resume(7)]


def test_the_targets_end_reaches_the_client_behind_its_last_byte():
    relay = opened()
    relay.from_link(b"last")
    relay.link_ended(broken=False)
    assert relay.commands == []
    assert relay.pull() == b"last"
    assert relay.commands == [Hang(CLIENT, half=True)]
    assert not relay.over
    relay.from_client(b"")
    assert relay.over


def test_a_broken_link_is_over_when_the_client_has_everything():
    relay = opened()
    relay.from_link(b"last")
    relay.link_ended(broken=True)
    assert not relay.over
    relay.pull()
    assert relay.over


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=50)), max_size=30))
def test_everything_comes_through_in_order_and_holds_are_matched(steps):
    relay = opened(limit=60)
    pulled = b""
    for inbound, data in steps:
        (relay.from_link if inbound else relay.from_client)(data)
        if len(data) % 3 == 0:
            pulled += relay.pull()
            relay.taken(60)
    while more := relay.pull():
        pulled += more
    relay.taken(10_000)
    assert pulled == b"".join(data for inbound, data in steps if inbound)
    assert b"".join(c.data for c in relay.commands if isinstance(c, Pass)) == b"".join(d for inbound, d in steps if not inbound)
    for link in (CLIENT, 7):
        flow = [type(c) for c in relay.commands if isinstance(c, Hold | Resume) and c.link == link]
        assert flow == [Hold, Resume] * (len(flow) // 2)
