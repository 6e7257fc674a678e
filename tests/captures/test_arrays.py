import numpy as np

from captures.arrays import Gather, Growing


def test_gather_reads_unaligned_integers_in_both_byte_orders():
    buffer = np.frombuffer(bytes(range(1, 17)), np.uint8)
    at = np.array([0, 1, 3])
    big, little = Gather(buffer), Gather(buffer, big=False)
    assert big.u8(at).tolist() == [1, 2, 4]
    assert big.u16(at).tolist() == [0x0102, 0x0203, 0x0405]
    assert little.u16(at).tolist() == [0x0201, 0x0302, 0x0504]
    assert big.u32(at).tolist() == [0x01020304, 0x02030405, 0x04050607]
    assert big.u64(np.array([8])).tolist() == [0x090A0B0C0D0E0F10]


def test_gather_takes_a_buffer_shorter_than_its_integers():
    assert Gather(np.zeros(3, np.uint8)).u16(np.array([1])).tolist() == [0]


def test_columns_grow_and_old_views_stay_what_they_were():
    rows = Growing({"number": "i8", "small": "u1"})
    rows.append(2, {"number": np.array([1, 2]), "small": np.array([3, 4])})
    before = rows.column("number")
    many = np.arange(5000)
    rows.append(5000, {"number": many, "small": many % 256})
    assert len(rows) == 5002
    assert before.tolist() == [1, 2]
    assert rows.column("number")[:4].tolist() == [1, 2, 0, 1]
    assert rows.column("small")[-1] == 4999 % 256
    assert rows.column("small").dtype == np.uint8


def test_room_for_expected_rows_is_made_at_once():
    rows = Growing({"number": "i8"})
    rows.expected = 100_000
    rows.append(2000, {"number": np.arange(2000)})
    before = rows.column("number")
    rows.append(90_000, {"number": np.arange(90_000)})
    assert np.shares_memory(before, rows.column("number"))
    rows.append(20_000, {"number": np.arange(20_000)})
    assert rows.column("number")[[0, 1999, 2000, -1]].tolist() == [0, 1999, 0, 19_999]
