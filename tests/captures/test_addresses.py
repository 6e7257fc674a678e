from captures.addresses import ip_text, mac_text


def test_addresses_are_written_as_everywhere_else():
    assert ip_text(bytes([192, 0, 2, 1])) == "192.0.2.1"
    assert ip_text(bytes.fromhex("20010db8000000000000000000000001")) == "2001:db8::1"
    assert mac_text(bytes.fromhex("0200ff0000a1")) == "02:00:ff:00:00:a1"


def test_a_mapped_address_shows_its_ipv4_part_in_every_python():
    assert ip_text(bytes(10) + b"\xff\xff" + bytes([5, 6, 7, 8])) == "::ffff:5.6.7.8"


def test_an_address_of_no_known_length_is_digits():
    assert ip_text(b"\x01\x02") == "0102"
    assert ip_text(b"") == ""
