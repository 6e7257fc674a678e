from captures.tree import Tree

DATA = b"\xff\x45\x00\x01\x02\x03\x04\x05\x06"


def test_numbers_know_their_place_and_their_names():
    tree = Tree(DATA, 1)
    assert tree.number("Word", "x.word", 1, 2, {1: "one"}) == 1
    assert tree.number("Hex", "x.hex", 0, 1, form="#04x") == 0x45
    word, byte = tree.fields
    assert (word.start, word.end, word.value, word.text, word.abbrev) == (2, 4, 1, "one", "x.word")
    assert byte.text == "0x45"


def test_bits_are_counted_from_the_top_of_the_first_byte():
    tree = Tree(DATA, 1)
    assert tree.bits("Version", "v", 0, 4) == 4
    assert tree.bits("Length", "l", 4, 8, factor=4) == 20
    assert tree.bits("Across", "a", 12, 32) == 0x00102
    assert [field.bits for field in tree.fields] == [(8, 12), (12, 16), (20, 40)]
    assert (tree.fields[2].start, tree.fields[2].end) == (2, 5)


def test_flags_list_what_is_set():
    tree = Tree(b"\x05", 0)
    assert tree.flags("Flags", "f", 0, 8, [("A", "f.a", 5), ("B", "f.b", 6), ("C", "f.c", 7)]) == 5
    (field,) = tree.fields
    assert field.text == "0x5 (A, C)"
    assert [child.value for child in field.children] == [True, False, True]
    assert field.children[2].bits == (7, 8)


def test_addresses_and_bytes():
    tree = Tree(DATA, 3)
    assert tree.ip("Address", "ip", 0, 4) == "1.2.3.4"
    assert tree.mac("Hardware", "mac", 0) == "01:02:03:04:05:06"
    assert tree.raw("Rest", "raw", 4, 10) == b"\x05\x06"
    assert tree.fields[-1].end == len(DATA)


def test_what_was_not_captured_is_left_out():
    tree = Tree(DATA, 7)
    assert tree.number("Word", "w", 0, 4) == 0
    assert tree.bits("Bits", "b", 0, 24) == 0
    assert tree.flags("Flags", "f", 16, 24, []) == 0
    assert tree.flag("Flag", "f", 20) is None
    assert tree.ip("Address", "ip", 0, 16) == ""
    assert tree.mac("Hardware", "mac", 0) == ""
    assert tree.raw("Bytes", "r", 5, 3) == b""
    assert tree.fields == []


def test_the_finished_header_does_not_reach_beyond_the_data():
    tree = Tree(DATA, 2)
    tree.number("A", "a", 0, 1)
    tree.below("Options", 1, 3, list(tree.fields), text="two")
    header = tree.done("Header", "h", 99, text="t", error="cut")
    assert (header.start, header.end, header.text, header.error) == (2, len(DATA), "t", "cut")
    assert [(child.start, child.end) for child in header.children] == [(2, 3), (3, 5)]
