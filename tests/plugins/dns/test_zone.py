import pytest

from workbench_dns.presentation import labels_of
from workbench_dns.zone import Outcome, make_zone
from workbench_dns.zone_file import read_zone

ZONE = read_zone(
    r"""
$ORIGIN example.
$TTL 600
@       SOA   ns host 1 2 3 4 300
        NS    ns
ns      A     192.0.2.53
www     A     192.0.2.1
alias   CNAME www
away    CNAME www.elsewhere.
lost    CNAME nowhere
round   CNAME round
*.wild  A     192.0.2.9
own.wild TXT  "not from the star"
tree    DNAME branch
leaf.branch A 192.0.2.2
child   NS    ns.child
        DS    1 2 3 abcd
ns.child A    192.0.2.3
c.b.a   A     192.0.2.4
"""
)
A, CNAME, MX, TXT, DS = 1, 5, 15, 16, 43


def look(name: str, kind: int = A):
    found = ZONE.look_up(labels_of(f"{name}.example.") if name else labels_of("example."), kind)
    return found.outcome, [(b".".join(it.name).decode(), it.type) for it in found.answers]


@pytest.mark.parametrize(
    ("name", "kind", "outcome", "answers"),
    [
        ("www", A, Outcome.ANSWER, [("www.example", A)]),
        ("WwW", A, Outcome.ANSWER, [("WwW.example", A)]),
        ("www", MX, Outcome.NO_DATA, []),
        ("none", A, Outcome.NO_NAME, []),
        ("x.www", A, Outcome.NO_NAME, []),
        ("alias", A, Outcome.ANSWER, [("alias.example", CNAME), ("www.example", A)]),
        ("alias", MX, Outcome.NO_DATA, [("alias.example", CNAME)]),
        ("alias", CNAME, Outcome.ANSWER, [("alias.example", CNAME)]),
        ("away", A, Outcome.ANSWER, [("away.example", CNAME)]),
        ("lost", A, Outcome.NO_NAME, [("lost.example", CNAME)]),
        ("a.wild", A, Outcome.ANSWER, [("a.wild.example", A)]),
        ("a.b.wild", A, Outcome.ANSWER, [("a.b.wild.example", A)]),
        ("a.wild", MX, Outcome.NO_DATA, []),
        ("own.wild", A, Outcome.NO_DATA, []),
        ("wild", A, Outcome.NO_DATA, []),
        ("b.a", A, Outcome.NO_DATA, []),
        ("x.b.a", A, Outcome.NO_NAME, []),
        ("child", A, Outcome.REFERRAL, []),
        ("deep.in.child", A, Outcome.REFERRAL, []),
        ("child", DS, Outcome.ANSWER, [("child.example", DS)]),
        ("tree", TXT, Outcome.NO_DATA, []),
    ],
)
def test_look_ups(name, kind, outcome, answers):
    assert look(name, kind) == (outcome, answers)


def test_rfc_6672_3_1():
    assert look("leaf.tree") == (
        Outcome.ANSWER,
        [("tree.example", 39), ("leaf.tree.example", CNAME), ("leaf.branch.example", A)],
    )


def test_a_dname_that_makes_a_name_too_long():
    name = ".".join(["x" * 60] * 3 + ["y" * 56])
    assert look(f"{name[:-20]}.tree")[0] is Outcome.NO_NAME
    assert look(f"{name}.tree") == (Outcome.TOO_LONG, [("tree.example", 39)])


def test_aliases_in_a_circle_end():
    outcome, answers = look("round")
    assert outcome is Outcome.ANSWER
    assert 0 < len(answers) <= 8


def test_outside():
    assert ZONE.look_up(labels_of("www.other."), A).outcome is Outcome.OUTSIDE
    assert ZONE.look_up((), A).outcome is Outcome.OUTSIDE


def test_negative_answers_have_the_soa():
    found = ZONE.look_up(labels_of("none.example."), A)
    assert [it.type for it in found.authority] == [6]
    assert ZONE.negative_ttl == 300


def test_a_transfer_is_the_zone_between_two_soas():
    kinds = [it.type for it in ZONE.everything()]
    assert kinds[0] == kinds[-1] == 6
    assert len(kinds) == 17
    assert kinds.count(6) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("www A 192.0.2.1", "one SOA"),
        ("@ SOA . . 1 2 3 4 5\n@ SOA . . 1 2 3 4 5", "one SOA"),
        ("$ORIGIN a.\n@ SOA . . 1 2 3 4 5\nx.b. A 192.0.2.1", "outside"),
        ("$ORIGIN a.\n@ SOA . . 1 2 3 4 5\nx A 192.0.2.1\nx CNAME y", "CNAME"),
    ],
)
def test_what_is_no_zone(text, why):
    with pytest.raises(ValueError, match=why):
        read_zone(text)


def test_no_records_are_no_zone():
    with pytest.raises(ValueError, match="one SOA"):
        make_zone(())
