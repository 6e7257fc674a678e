from support.websocket import MASK
from workbench_websocket.assembly import BEFORE, INCOMPLETE, LOST, Assembly, bad_utf8
from workbench_websocket.deflate import Deflater
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import build_frame, read_head

PLENTY = 1 << 20


def add(assembly, opcode, payload, *, fin=True, rsv=0, whole=True):
    head = read_head(build_frame(opcode, payload, fin=fin, rsv=rsv, key=MASK))
    return assembly.add(head, payload, whole=whole, compression=True)


def fresh(deflate=None, *, guessing=False, keep=PLENTY):
    return Assembly(deflate, client=True, guessing=guessing, keep=keep)


def test_fragments_become_one_message():
    assembly = fresh()
    assert add(assembly, 1, b"one ", fin=False) == (None, "")
    assert assembly.fragmented
    assert add(assembly, 0, b"two ", fin=False) == (None, "")
    whole, trouble = add(assembly, 0, b"three")
    assert (whole.opcode, whole.fragments, whole.plain, trouble) == (1, 3, b"one two three", "")
    assert not assembly.fragmented


def test_text_is_checked_fragment_by_fragment():
    assembly = fresh()
    assert add(assembly, 1, b"\xce", fin=False)[1] == ""
    assert add(assembly, 0, b"\xba\xff", fin=False)[1] != ""
    assert add(assembly, 0, b"\xff")[1] == ""  # said once


def test_compressed_fragments():
    data = Deflater().message(b"hello " * 50)
    assembly = fresh(Deflate())
    add(assembly, 1, data[:4], fin=False, rsv=4)
    assert assembly.compressed
    whole, _ = add(assembly, 0, data[4:])
    assert (whole.data, whole.plain) == (data, b"hello " * 50)


def test_a_missing_message_loses_the_context():
    deflater, assembly = Deflater(), fresh(Deflate())
    first, second = deflater.message(b"hello"), deflater.message(b"hello")
    assert add(assembly, 1, first, rsv=4, whole=False)[0].inflated.trouble == INCOMPLETE
    assert add(assembly, 1, second, rsv=4)[0].inflated.trouble == LOST


def test_lost_bytes_lose_the_context_where_there_is_one():
    for takeover in (True, False):
        deflater, assembly = Deflater(takeover=takeover), fresh(Deflate(client_takeover=takeover))
        assembly.forget()
        assert add(assembly, 1, deflater.message(b"hello"), rsv=4)[0].inflated.trouble == (LOST if takeover else "")


def test_without_the_handshake_each_message_is_tried():
    deflater, assembly = Deflater(), fresh(guessing=True)
    deflater.message(b"hello hello hello")
    assert add(assembly, 1, deflater.message(b"hello hello hello"), rsv=4)[0].inflated.trouble == BEFORE
    assert add(assembly, 1, Deflater().message(b"anew"), rsv=4)[0].plain == b"anew"


def test_what_is_kept_is_bounded():
    assembly = fresh(keep=10)
    add(assembly, 2, bytes(8), fin=False)
    whole, _ = add(assembly, 0, bytes(8))
    assert (len(whole.data), whole.complete) == (10, False)


def test_what_unfolds_is_bounded(monkeypatch):
    monkeypatch.setattr("workbench_websocket.assembly.MAX_SURPLUS", 20_000)
    assembly = fresh(Deflate(client_takeover=False))
    bomb = Deflater(takeover=False).message(bytes(15_000))
    found = [add(assembly, 2, bomb, rsv=4)[0].inflated for _ in range(3)]
    assert [one.too_large for one in found] == [False, True, True]
    assert sum(len(one.data) for one in found) < 20_000 + 3 * 33 * len(bomb)


def test_where_a_text_goes_wrong():
    assert bad_utf8("κόσμε".encode()) == ""
    assert bad_utf8(b"abc\xff").endswith("at byte 3")
