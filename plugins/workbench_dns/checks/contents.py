"""What is in the answers of an authority: its records, its aliases, and its word that there is nothing."""

from workbench.api import CheckFailed, CheckSkipped
from workbench_dns.checks.talk import NOERROR, NXDOMAIN, Row, Talk, expect, rcode, some
from workbench_dns.message import Parsed
from workbench_dns.queries import query
from workbench_dns.records import Record

__all__ = ["ROWS"]

_A, _NS, _CNAME, _SOA, _MX, _TXT, _SRV, _DNAME = 1, 2, 5, 6, 15, 16, 33, 39
_AA = 0x0400


def _answers(parsed: Parsed, kind: int) -> list[Record]:
    return [record for record in parsed.records if record.section == 0 and record.type == kind]


def _soa(parsed: Parsed) -> Record:
    found = [record for record in parsed.records if record.section == 1 and record.type == _SOA]
    if len(found) != 1:
        raise CheckFailed(f"expected one SOA in the authority section, got {len(found)}")
    return found[0]


def _text(option: str) -> str:
    return option.rstrip(".").lower()


def _authority_marked(talk: Talk) -> None:
    expect(bool(rcode(talk.question("name"), NOERROR).flags & _AA), True, "AA")


def _address_given(talk: Talk) -> None:
    found = _answers(rcode(talk.question("name"), NOERROR), _A)
    if not found or any(record.size != 4 for record in found):
        raise CheckFailed(f"expected an address of 4 bytes, got {[record.size for record in found]}")


def _owner_is_the_question(talk: Talk) -> None:
    for record in _answers(talk.question("name"), _A):
        expect(record.name.text.lower(), _text(talk.option("name")), "the owner")


def _only_what_was_asked(talk: Talk) -> None:
    answer = talk.question("zone", "SOA")
    kinds = {record.type for record in answer.records if record.section == 0}
    expect(kinds, {_SOA}, "types of answers:")


def _name_missing(talk: Talk) -> None:
    rcode(talk.question("missing"), NXDOMAIN)


def _name_missing_soa(talk: Talk) -> None:
    _soa(rcode(talk.question("missing"), NXDOMAIN))


def _name_missing_no_answers(talk: Talk) -> None:
    expect(rcode(talk.question("missing"), NXDOMAIN).counts[1], 0, "answers:")


def _type_missing(talk: Talk) -> None:
    expect(rcode(talk.question("name", "MX"), NOERROR).counts[1], 0, "answers:")


def _type_missing_soa(talk: Talk) -> None:
    _soa(rcode(talk.question("name", "MX"), NOERROR))


def _negative_ttl(talk: Talk) -> None:
    [own] = some(_answers(talk.question("zone", "SOA"), _SOA), "SOA", "zone")
    minimum = next(field.value for _, field in own.field.walk() if field.abbrev == "dns.soa.minimum_ttl")
    expect(_soa(talk.question("missing")).ttl, min(own.ttl, minimum), "the TTL of the SOA:")


def _alias_shown(talk: Talk) -> None:
    answer = rcode(talk.question("alias"), NOERROR)
    expect(len(_answers(answer, _CNAME)), 1, "CNAMEs:")


def _alias_followed(talk: Talk) -> None:
    """A server follows an alias inside its own zone."""
    answer = rcode(talk.question("alias"), NOERROR)
    expect(len(_answers(answer, _A)), len(_answers(talk.question("name"), _A)), "addresses:")


def _alias_itself(talk: Talk) -> None:
    answer = rcode(talk.question("alias", "CNAME"), NOERROR)
    expect(sorted({record.type for record in answer.records if record.section == 0}), [_CNAME], "types of answers:")


def _name_between(talk: Talk) -> None:
    """A name without records exists as soon as one below it does."""
    rcode(talk.question("between", "TXT"), NOERROR)


def _wildcard_matches(talk: Talk) -> None:
    some(_answers(talk.question("wildcard"), _A), "wildcard", "wildcard")
    answer = rcode(talk.question("wildcard"), NOERROR)
    for record in _answers(answer, _A):
        expect(record.name.text.lower(), _text(talk.option("wildcard")), "the owner")


def _wildcard_without_type(talk: Talk) -> None:
    some(_answers(talk.question("wildcard"), _A), "wildcard", "wildcard")
    expect(rcode(talk.question("wildcard", "MX"), NOERROR).counts[1], 0, "answers:")


def _one_ttl(talk: Talk) -> None:
    for option, kind, number in (("name", "A", _A), ("zone", "NS", _NS), ("large", "TXT", _TXT)):
        ttls = {record.ttl for record in _answers(talk.question(option, kind), number)}
        if len(ttls) > 1:
            raise CheckFailed(f"expected one TTL for all {kind} records, got {sorted(ttls)}")


def _no_duplicates(talk: Talk) -> None:
    for option, kind, number in (("name", "A", _A), ("zone", "NS", _NS)):
        said = [record.text for record in _answers(talk.question(option, kind), number)]
        if len(said) != len(set(said)):
            raise CheckFailed(f"expected each {kind} record once, got {said}")


def _ttl_positive(talk: Talk) -> None:
    for record in talk.question("name").records:
        if record.edns is None and record.ttl >= 1 << 31:
            raise CheckFailed(f"expected a TTL below 2^31, got {record.ttl}")


def _any_is_answered(talk: Talk) -> None:
    if not rcode(talk.question("name", "ANY"), NOERROR).counts[1]:
        raise CheckFailed("expected one record at least for ANY, got none")


def _any_for_a_missing_name(talk: Talk) -> None:
    rcode(talk.question("missing", "ANY"), NXDOMAIN)


def _target_not_compressed(talk: Talk) -> None:
    for record in some(_answers(talk.question("service", "SRV"), _SRV), "SRV record", "service"):
        if any(name.pointer >= 0 for name in record.names):
            raise CheckFailed("expected the target of SRV without compression, got a pointer")


def _referral(talk: Talk) -> Parsed:
    answer = talk.question("child")
    servers = any(record.type == _NS and record.section == 1 for record in answer.records)
    if not servers and (answer.flags & _AA or answer.rcode == NXDOMAIN):
        raise CheckSkipped("there is no delegation: name something below one with --option child=NAME")
    return rcode(answer, NOERROR)


def _referral_not_authoritative(talk: Talk) -> None:
    expect(bool(_referral(talk).flags & _AA), False, "AA")


def _referral_names_servers(talk: Talk) -> None:
    answer = _referral(talk)
    expect(answer.counts[1], 0, "answers:")
    if not any(record.type == _NS and record.section == 1 for record in answer.records):
        raise CheckFailed("expected the name servers of the child, got none")


def _dname_with_alias(talk: Talk) -> None:
    answer = talk.question("redirected")
    some(_answers(answer, _DNAME), "DNAME", "redirected")
    aliases = _answers(answer, _CNAME)
    if not any(record.name.text.lower() == _text(talk.option("redirected")) for record in aliases):
        raise CheckFailed("expected the CNAME that the DNAME stands for, got none")


def _soa_in_place(talk: Talk) -> None:
    """Asked with any spelling, the zone has one SOA, owned by the zone."""
    found = _answers(talk.ask(query(talk.option("zone").upper(), "SOA")), _SOA)
    expect([record.name.text.lower() for record in found], [_text(talk.option("zone"))], "owners:")


ROWS: tuple[Row, ...] = (
    ("authority-marked", "RFC 1035 4.1.1", "AA is set in answers from the server's own zone", _authority_marked),
    ("address-given", "RFC 1035 3.4.1", "A name's address has four bytes", _address_given),
    ("owner-is-the-question", "RFC 1034 4.3.2", "Records are given under the name that was asked for", _owner_is_the_question),
    ("only-what-was-asked", "RFC 1034 4.3.2", "The answer section has the type that was asked for", _only_what_was_asked),
    ("name-missing", "RFC 1035 4.1.1", "A name that does not exist is answered with NXDOMAIN", _name_missing),
    ("name-missing-soa", "RFC 2308 3", "NXDOMAIN brings the SOA of the zone", _name_missing_soa),
    ("name-missing-no-answers", "RFC 2308 2.1", "NXDOMAIN brings no answers", _name_missing_no_answers),
    ("type-missing", "RFC 2308 2.2", "A name without the type is answered with NOERROR and nothing", _type_missing),
    ("type-missing-soa", "RFC 2308 3", "An empty answer brings the SOA of the zone", _type_missing_soa),
    ("negative-ttl", "RFC 2308 3", "The TTL of that SOA is the smaller of its TTL and its minimum", _negative_ttl),
    ("alias-shown", "RFC 1034 3.6.2", "An alias is part of the answer", _alias_shown),
    ("alias-followed", "RFC 1034 4.3.2", "An alias inside the zone is followed", _alias_followed),
    ("alias-itself", "RFC 1034 3.6.2", "A question for CNAME is not led elsewhere", _alias_itself),
    ("name-between", "RFC 4592 2.2.2", "A name above others exists, even without records", _name_between),
    ("wildcard-matches", "RFC 4592 3.3.3", "A wildcard's records are given under the name that was asked for", _wildcard_matches),
    ("wildcard-without-type", "RFC 4592 3.3.3", "A wildcard without the type is no missing name", _wildcard_without_type),
    ("one-ttl", "RFC 2181 5.2", "Records of one name and type have one TTL", _one_ttl),
    ("no-duplicates", "RFC 2181 5", "A record is given once", _no_duplicates),
    ("ttl-positive", "RFC 2181 8", "A TTL is below 2^31", _ttl_positive),
    ("any-is-answered", "RFC 8482 4", "ANY brings at least one record of a name that has some", _any_is_answered),
    ("any-missing", "RFC 8482 4", "ANY for a missing name is answered with NXDOMAIN", _any_for_a_missing_name),
    ("target-not-compressed", "RFC 3597 4", "Names in the data of newer types are not compressed", _target_not_compressed),
    ("referral-not-authoritative", "RFC 1034 4.3.2", "AA is clear in a referral", _referral_not_authoritative),
    ("referral-names-servers", "RFC 1034 4.3.2", "A referral names the servers of the child", _referral_names_servers),
    ("dname-with-alias", "RFC 6672 3.1", "A DNAME comes with the CNAME it stands for", _dname_with_alias),
    ("soa-in-place", "RFC 1035 5.2", "A zone has one SOA, at its top", _soa_in_place),
)
