from workbench_dns.header import Flavour, count_titles, flag_fields


def said(flags: int, flavour: Flavour = Flavour.DNS) -> dict[str, object]:
    return {child.abbrev.removeprefix("dns.flags."): child.value for child in flag_fields(flags, flavour, 2).children}


def test_rfc_1035_4_1_1_response():
    assert said(0x8583) == {
        "response": True,
        "opcode": 0,
        "authoritative": True,
        "truncated": False,
        "recdesired": True,
        "recavail": True,
        "z": False,
        "authenticated": False,
        "checkdisable": False,
        "rcode": 3,
    }


def test_a_query_has_no_bits_of_answers():
    assert said(0x0110) == {
        "response": False,
        "opcode": 0,
        "truncated": False,
        "recdesired": True,
        "z": False,
        "checkdisable": True,
    }


def test_a_query_may_ask_for_authenticated_data():
    assert said(0x0120)["authenticated"] is True


def test_llmnr_calls_bits_otherwise():
    assert said(0x8500, Flavour.LLMNR) == {
        "response": True,
        "opcode": 0,
        "conflict": True,
        "truncated": False,
        "tentative": True,
        "rcode": 0,
    }


def test_bits_lie_where_they_are():
    children = flag_fields(0x8000, Flavour.DNS, 4).children
    assert children[0].bits == (32, 33)
    assert children[-1].bits == (44, 48)


def test_update_counts_otherwise():
    assert [abbrev for _, abbrev in count_titles(5)] == [
        "dns.count.zones",
        "dns.count.prerequisites",
        "dns.count.updates",
        "dns.count.add_rr",
    ]
    assert count_titles(0)[0] == ("Questions", "dns.count.queries")
