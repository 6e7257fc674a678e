"""Bytes as RFC 9204 appendix B has them."""

from workbench_http3.checks import literals as by_hand


def test_the_examples_of_the_rfc():
    assert by_hand.capacity(220) == bytes.fromhex("3fbd01")
    assert by_hand.insert_by_name(0, b"www.example.com") == bytes.fromhex("c00f7777772e6578616d706c652e636f6d")
    assert by_hand.insert(b"custom-key", b"custom-value") == bytes.fromhex("4a637573746f6d2d6b65790c637573746f6d2d76616c7565")
    assert by_hand.insert_by_name(1, b"custom-value2", of_static=False) == bytes.fromhex("810d637573746f6d2d76616c756532")
    assert by_hand.duplicate(2) == b"\x02"
    assert by_hand.prefix(3, 1, negative=True) + by_hand.post_base(0) + by_hand.post_base(1) == bytes.fromhex("03811011")
    assert by_hand.prefix(5) + by_hand.dynamic(0) + by_hand.static(1) + by_hand.dynamic(1) == bytes.fromhex("050080c181")
    assert by_hand.prefix() + by_hand.static_name(1, b"/index.html") == bytes.fromhex("0000510b2f696e6465782e68746d6c")
    assert (by_hand.acknowledge(4), by_hand.cancel(8), by_hand.increment(1)) == (b"\x84", b"\x48", b"\x01")


def test_lines_with_names():
    assert by_hand.literal(b"a", b"bc") == b"\x21a\x02bc"
    assert by_hand.literal(b"a", b"bc", never=True) == b"\x31a\x02bc"
    assert by_hand.literal(b"/", b"", huffman=True) == b"\x29\x63\x80"
    assert by_hand.section([(b"a", b"")]) == b"\0\0\x21a\0"
