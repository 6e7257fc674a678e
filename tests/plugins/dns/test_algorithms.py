import dns.dnssectypes
import dns.rdtypes.ANY.CERT

from workbench_dns import algorithms


def test_numbers_of_key_algorithms_are_those_of_dnspython():
    ours = {number: name.replace("-", "") for number, name in algorithms.KEY_ALGORITHMS.items()}
    both = [member for member in dns.dnssectypes.Algorithm if member.value in ours]
    assert len(both) > 15
    assert {member.value: member.name for member in both} == {member.value: ours[member.value] for member in both}


def test_numbers_of_digests_are_those_of_dnspython():
    known = {member.value for member in dns.dnssectypes.DSDigest} - {0}
    assert known <= algorithms.DIGESTS.keys()


def test_numbers_of_certificate_types_are_those_of_dnspython():
    assert dns.rdtypes.ANY.CERT._ctype_by_value.items() <= algorithms.CERT_TYPES.items() | {(253, "URI"), (254, "OID")}
