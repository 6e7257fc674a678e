from workbench_dns.vocabulary import RCODE_TITLES, RCODES, TYPE_NUMBERS, TYPES, class_name, opcode_name, rcode_name, type_name


def test_types_by_name_and_number():
    assert type_name(1) == "A"
    assert type_name(65) == "HTTPS"
    assert TYPE_NUMBERS["CAA"] == 257
    assert len(TYPES) == len(TYPE_NUMBERS)


def test_unknown_ones_are_written_as_rfc_3597_does():
    assert type_name(65_400) == "TYPE65400"
    assert class_name(42) == "CLASS42"


def test_opcodes_and_codes_are_words():
    assert opcode_name(5) == "update"
    assert opcode_name(9) == "opcode9"
    assert rcode_name(3) == "nxdomain"
    assert rcode_name(3841) == "rcode3841"


def test_every_code_has_a_title():
    assert RCODES.keys() == RCODE_TITLES.keys()
