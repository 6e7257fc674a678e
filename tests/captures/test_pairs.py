import numpy as np

from captures.pairs import IPV4, IPV6, MAC, NOBODY, Pairs, key_of, keys_array

A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])


def _keys(*rows):
    return keys_array([key_of(*row) for row in rows])


def test_equal_keys_get_equal_numbers_in_order_of_appearance():
    pairs = Pairs()
    there, back = (IPV4, A, B, 6, (1000, 80)), (IPV4, B, A, 6, (80, 1000))
    assert pairs.number(_keys(there, back, there)).tolist() == [0, 1, 0]
    assert pairs.number(_keys(back, (IPV4, A, B, 17, (1000, 80)), there)).tolist() == [1, 2, 0]
    assert len(pairs) == 3


def test_both_directions_are_one_conversation():
    pairs = Pairs()
    numbers = pairs.number(_keys((IPV4, A, B, 6, (1, 2)), (IPV4, B, A, 6, (2, 1)), (IPV4, A, B, 6, (2, 1))))
    conversations = pairs.conversations()[numbers].tolist()
    assert conversations[0] == conversations[1] != conversations[2]
    assert pairs.conversation_count() == 2


def test_the_opposite_pair_is_made_when_nobody_went_that_way():
    pairs = Pairs()
    pairs.number(_keys((IPV6, bytes(15) + b"\x01", bytes(15) + b"\x02", 17, (53, 4000))))
    opposite = pairs.opposite(0)
    assert pairs.hosts(opposite) == ("::2", "::1")
    assert pairs.ports(opposite) == (4000, 53)
    assert pairs.opposite(opposite) == 0


def test_hosts_are_text_of_their_kind():
    pairs = Pairs()
    pairs.number(_keys((IPV4, A, B, 6, (1, 2)), (MAC, b"\x02" * 6, b"\xff" * 6, 0, (0, 0)), (NOBODY, b"", b"", 0, (0, 0))))
    assert pairs.hosts(0) == ("10.0.0.1", "10.0.0.2")
    assert pairs.hosts(1) == ("02:02:02:02:02:02", "ff:ff:ff:ff:ff:ff")
    assert pairs.hosts(2) == ("", "")


def test_keys_with_one_hash_are_kept_apart(monkeypatch):
    # multiplying by zero makes every hash equal
    monkeypatch.setattr("captures.pairs._SPREAD", np.zeros(5, np.uint64))
    pairs = Pairs()
    rows = [(IPV4, A, B, 6, (port, 80)) for port in (5, 6, 5, 7)]
    numbers = pairs.number(_keys(*rows)).tolist()
    assert numbers[0] == numbers[2]
    assert len(set(numbers)) == 3
    assert [pairs.ports(number)[0] for number in numbers] == [5, 6, 5, 7]


def test_nothing_to_number():
    assert Pairs().number(_keys()).tolist() == []
