import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from workbench.export.pseudonyms import Pseudonyms

MINE = Pseudonyms(b"key")
V4 = st.binary(min_size=4, max_size=4)
V6 = st.binary(min_size=16, max_size=16)


def _shared(one: bytes, other: bytes) -> int:
    """How many leading bits are the same."""
    return 8 * len(one) - (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_length()


@given(st.one_of(st.tuples(V4, V4), st.tuples(V6, V6)))
def test_prefixes_are_preserved(pair):
    # the whole of Crypto-PAn's promise: as many leading bits are shared afterwards as before; so it is one to one, too
    one, other = pair
    assert _shared(MINE.ip(one), MINE.ip(other)) == _shared(one, other)


@given(V4, st.integers(0, 32))
def test_neighbours_stay_neighbours(address, bits):
    changed = (int.from_bytes(address, "big") ^ (1 << bits >> 1)).to_bytes(5, "big")[-4:]
    assert _shared(MINE.ip(address), MINE.ip(changed)) == _shared(address, changed)


@given(V4)
def test_what_an_address_is_stays(address):
    before, after = ipaddress.ip_address(address), ipaddress.ip_address(MINE.ip(address))
    assert before.is_multicast == after.is_multicast
    assert before.is_reserved == after.is_reserved
    assert before.is_unspecified == after.is_unspecified


@given(V6)
def test_ipv6_multicast_stays_multicast(address):
    assert ipaddress.ip_address(address).is_multicast == ipaddress.ip_address(MINE.ip(address)).is_multicast


def test_zeros_and_ones_stay():
    for size in (4, 16):
        assert MINE.ip(bytes(size)) == bytes(size)
        assert MINE.ip(b"\xff" * size) == b"\xff" * size


def test_addresses_change_and_keys_matter():
    addresses = [bytes((10, 0, 0, number)) for number in range(1, 200)]
    theirs = Pseudonyms(b"another key")
    assert len({MINE.ip(address) for address in addresses}) == len(addresses)
    assert [Pseudonyms(b"key").ip(address) for address in addresses] == [MINE.ip(address) for address in addresses]
    assert MINE.ip(addresses[0]) not in addresses
    assert theirs.ip(addresses[0]) != MINE.ip(addresses[0])


@given(st.binary(min_size=6, max_size=8))
def test_hardware_addresses_keep_their_kind(address):
    made = MINE.mac(address)
    assert len(made) == len(address)
    assert made[0] & 3 == address[0] & 3
    assert MINE.mac(address) == made


def test_hardware_addresses_of_nobody_and_everybody_stay():
    assert MINE.mac(bytes(6)) == bytes(6)
    assert MINE.mac(b"\xff" * 6) == b"\xff" * 6
    assert MINE.mac(b"\x02\0\0\0\0\1") != b"\x02\0\0\0\0\1"
