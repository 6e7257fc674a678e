import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.flows import ACK, SYN, TcpNumbers, UdpNumbers
from captures.pairs import IPV4, Pairs, key_of, keys_array
from workbench.api import Endpoint, FlowKey

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
THERE, BACK = (A, B, 40000, 80), (B, A, 80, 40000)
FIN, RST = 1, 4


class Network:
    """Numbers packets of one transport; each is (way, seq, ack, flags)."""

    def __init__(self, transport: str) -> None:
        self.pairs = Pairs()
        self.protocol = 6 if transport == "tcp" else 17
        self.numbers = TcpNumbers(self.pairs) if transport == "tcp" else UdpNumbers(self.pairs)

    def send(self, *packets):
        ways = [packet[0] for packet in packets]
        keys = keys_array([key_of(IPV4, way[0], way[1], self.protocol, way[2:]) for way in ways])
        pair = self.pairs.number(keys)
        if self.protocol == 17:
            stream, direction = self.numbers.number(pair)
        else:
            rest = [np.array([packet[place] for packet in packets]) for place in (1, 2, 3)]
            stream, direction = self.numbers.number(pair, *rest)
        return stream.tolist(), direction.tolist()


def test_a_connection_is_one_stream_from_the_sender_of_the_syn():
    tcp = Network("tcp")
    assert tcp.send((THERE, 100, 0, SYN), (BACK, 500, 101, SYN | ACK), (THERE, 101, 501, ACK)) == ([0, 0, 0], [0, 1, 0])
    flow = tcp.numbers.flow(0)
    assert flow == FlowKey("tcp", Endpoint("10.0.0.1", 40000), Endpoint("10.0.0.2", 80))


def test_a_repeated_syn_belongs_to_its_stream_another_one_begins_a_new_stream():
    tcp = Network("tcp")
    packets = [
        (THERE, 100, 0, SYN),
        (THERE, 100, 0, SYN),
        (THERE, 999, 0, SYN),
        (BACK, 7, 1000, SYN | ACK),
        (THERE, 1000, 8, ACK),
    ]
    assert tcp.send(*packets)[0] == [0, 0, 1, 1, 1]
    assert len(tcp.numbers) == 2


def test_an_ended_connection_goes_on_while_no_syn_with_another_number_comes():
    tcp = Network("tcp")
    packets = [(THERE, 100, 0, SYN), (BACK, 500, 101, SYN | ACK), (THERE, 101, 501, ACK | FIN), (BACK, 501, 102, RST)]
    assert tcp.send(*packets, (THERE, 100, 0, SYN))[0] == [0] * 5
    assert tcp.send((THERE, 4000, 0, SYN))[0] == [1]


def test_without_a_syn_the_higher_port_is_the_client():
    tcp = Network("tcp")
    assert tcp.send((BACK, 5, 6, ACK), (THERE, 6, 5, ACK))[1] == [1, 0]
    assert tcp.numbers.flow(0).client.port == 40000
    other = (A, B, 80, 40000)
    assert tcp.send((other, 5, 6, SYN | ACK))[1] == [1]


def test_a_captured_answer_alone_tells_the_server():
    tcp = Network("tcp")
    high = (A, B, 50000, 100)
    assert tcp.send((high, 5, 6, SYN | ACK)) == ([0], [1])
    assert tcp.numbers.flow(0).server.port == 50000


def test_udp_streams_are_pairs_of_endpoints_and_the_first_sender_is_the_client():
    udp = Network("udp")
    high, other = (A, B, 40000, 41000), (A, B, 40001, 41000)
    assert udp.send((high,), (other,), ((B, A, 41000, 40000),)) == ([0, 1, 0], [0, 0, 1])
    assert udp.send((other,)) == ([1], [0])


def test_a_udp_service_port_is_the_servers_even_when_it_speaks_first():
    udp = Network("udp")
    assert udp.send(((B, A, 53, 40000),)) == ([0], [1])
    assert udp.numbers.flow(0).server == Endpoint("10.0.0.2", 53)


def test_streams_that_are_not_there():
    with pytest.raises(IndexError, match="no tcp stream 0"):
        Network("tcp").numbers.flow(0)


_PACKETS = st.lists(
    st.tuples(
        st.sampled_from([THERE, BACK, (A, B, 40001, 80), (B, A, 80, 40001)]),
        st.sampled_from([100, 101, 200, 300]),
        st.sampled_from([0, 101, 201]),
        st.sampled_from([SYN, SYN, SYN | ACK, ACK, ACK, FIN | ACK, RST, 0]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60)
@given(_PACKETS, st.integers(1, 60))
def test_packets_get_the_same_numbers_in_any_batches(packets, size):
    # one packet at a time nothing is vectorised, so this is also the proof of the vectorised path
    alone, together = Network("tcp"), Network("tcp")
    one_by_one = [alone.send(packet) for packet in packets]
    batched = [together.send(*packets[at : at + size]) for at in range(0, len(packets), size)]
    for place in range(2):
        assert [value for batch in batched for value in batch[place]] == [answer[place][0] for answer in one_by_one]
