import pytest

from support.bent_http1 import fails, reply, swap
from workbench_http1.checks.conditions import CHECKS

CHANGED = b"Sat, 05 Nov 1994 08:49:37 GMT"
WITH_DATES = swap(rb"^(HTTP/1.1 200 [^\r]*\r\n)", rb"\1Last-Modified: " + CHANGED + b"\r\n")
"""The reference server knows no date of a change; this one does, and looks at no condition about it."""

MUTANTS = {
    "looks at no If-None-Match": (
        {"before": swap(rb"If-None-Match:", b"X:")},
        {
            "if-none-match",
            "if-none-match-head",
            "if-none-match-any",
            "if-none-match-list",
            "if-none-match-weak",
            "not-modified-fields",
        },
    ),
    "compares as text": (
        {"before": swap(rb'If-None-Match: (\*|W/"|"x", )', b'If-None-Match: "no')},
        {"if-none-match-any", "if-none-match-list", "if-none-match-weak"},
    ),
    "finds nothing modified": (
        {"before": swap(rb'(If-None-Match: )"another"', rb"\1*")},
        {"if-none-match-other", "if-none-match-before-date"},
    ),
    "leaves fields out of 304": ({"after": swap(rb"^(HTTP/1.1 304 [^\0]*)ETag: [^\r]*\r\n", rb"\1")}, {"not-modified-fields"}),
    "looks at no dates": ({"after": WITH_DATES}, {"if-modified-since", "if-unmodified-since"}),
    "takes any date": ({"before": swap(rb"If-Modified-Since: yesterday", b"If-None-Match: *")}, {"if-modified-since-invalid"}),
    "looks at no If-Match": ({"before": swap(rb"If-Match:", b"X:")}, {"if-match-other", "if-match-weak"}),
    "compares weakly": ({"before": swap(rb"If-Match: W/", b"If-Match: ")}, {"if-match-weak"}),
    "finds no match": (
        {"before": swap(rb'If-Match: (\*|"[0-9a-f]+")', b'If-Match: "no"')},
        {"if-match", "if-match-any", "if-match-before-date"},
    ),
    "looks at dates beside tags": (
        {"before": swap(rb"If-Match: [^\r]*\r\nIf-Unmod", b'If-Match: "no"\r\nX')},
        {"if-match-before-date"},
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_who_looks_at_conditions_first_fails():
    conditional = []

    def before(data):
        conditional.append(b"If-Match" in data)
        return data

    def after(data):
        return swap(rb"^HTTP/1.1 404 [^\0]*", reply(b"412 Precondition Failed"))(data) if conditional[-1:] == [True] else data

    assert fails(CHECKS, before, after) == {"conditions-only-for-success"}


def test_each_check_has_a_server_that_fails_it():
    named = set().union(*(expected for _, expected in MUTANTS.values())) | {"conditions-only-for-success"}
    assert {check.name for check in CHECKS} == named


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()
