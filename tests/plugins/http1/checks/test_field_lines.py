import pytest

from support.bent_http1 import fails, swap
from workbench_http1.checks.field_lines import CHECKS

MUTANTS = {
    "needs no Host": (
        {"before": lambda data: data if b"Host:" in data else data.replace(b"\r\n", b"\r\nHost: h\r\n", 1)},
        {"host-missing"},
    ),
    "takes the last Host": (
        {"before": swap(rb"(Host: [^\r]*\r\n)+(Host: [^\r]*\r\n)", rb"\2")},
        {"host-twice", "host-twice-equal"},
    ),
    "does not look at Host": (
        {"before": swap(rb"Host: (exam|user)[^\r]*", b"Host: h")},
        {"host-with-space", "host-with-path", "host-with-userinfo", "host-list", "host-bad-port", "host-nul"},
    ),
    "forgives white space before the colon": ({"before": swap(rb"[ \t]+:", b":")}, {"space-before-colon", "tab-before-colon"}),
    "ignores white space in front of lines": (
        {"before": swap(rb"\r\n[ \t]+", b"\r\n")},
        {"space-before-first-field", "fold-hides-no-field"},
    ),
    "joins folded lines without a space": ({"before": swap(rb"\r\n[ \t]+", b"")}, {"fold-in-length"}),
    "ends lines at CR": ({"before": swap(rb"\r(?!\n)", b"\r\n")}, {"bare-cr-is-no-line-end", "bare-cr-in-request-line"}),
    "drops what is no field": (
        {"before": swap(rb"(nonsense|: value|X\(Test\): 1)\r\n", b"")},
        {"field-without-colon", "field-without-name", "field-name-not-a-token"},
    ),
    "knows one spelling of a name": (
        {"before": swap(rb"cOnTeNt-LeNgTh:", b"X-Odd:")},
        {"field-name-case"},
    ),
    "keeps white space around values": ({"before": swap(rb":\t ", b": [")}, {"field-value-white-space"}),
    "wants a space behind the colon": ({"before": swap(rb"Host:(?! )", b"Host;")}, {"field-without-space"}),
    "wants to know every field": ({"before": swap(rb"X-Nobody-Knows", b"X Nobody")}, {"field-unknown"}),
    "wants ASCII": ({"before": swap(rb"[\x80-\xff]", b"\0")}, {"field-octets"}),
    "blames itself for large fields": ({"after": swap(rb"HTTP/1.1 431", b"HTTP/1.1 500")}, {"fields-too-large"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()
