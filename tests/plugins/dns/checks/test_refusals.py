import pytest

from support.dns import fails
from workbench_dns.checks.refusals import ROWS
from workbench_dns.queries import query

GOOD = query("www.workbench.test.")


def _code(number: int):
    def run(data: bytes) -> bytes:
        return data[:3] + bytes((data[3] & 0xF0 | number,)) + data[4:] if len(data) > 3 else data

    return run


def _only(code: int, instead: int):
    """Says `instead` where it should say `code`."""

    def run(data: bytes) -> bytes:
        return _code(instead)(data) if len(data) > 3 and data[3] & 15 == code else data

    return run


def _understands_everything(data: bytes) -> bytes:
    """Takes for a proper question what is none."""
    kind = data[-4:-2]
    return data if data == query("workbench.test.", "SOA", number=0x7E57) or kind == b"\xff\x77" else GOOD


def _class_does_not_matter(data: bytes) -> bytes:
    return data[:-2] + b"\0\1" if data[-2:] == b"\x42\x42" else data


def _refuses_odd_types(data: bytes) -> bytes:
    return data[:-4] + b"\0\x29\0\1" if data[-4:-2] == b"\xff\x77" else data


def _fears_long_names(data: bytes) -> bytes:
    return data[:-1] if len(data) > 255 else data


MUTANTS = {
    "calls unknown opcodes servfail": ({"after": _only(4, 2)}, {"opcode-unknown", "iquery"}),
    "understands everything": (
        {"before": _understands_everything},
        {
            "two-questions",
            "question-cut-off",
            "question-missing",
            "pointer-to-itself",
            "pointers-in-a-circle",
            "pointer-behind-the-end",
            "label-types",
            "name-too-long",
            "records-missing",
            "random-bytes",
        },
    ),
    "has one class": ({"before": _class_does_not_matter}, {"class-unknown"}),
    "refuses types that it does not know": ({"before": _refuses_odd_types}, {"type-unknown"}),
    "fears long names": ({"before": _fears_long_names}, {"name-longest"}),
    "says nothing any more": ({"after": lambda _: b""}, {"type-zero"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {row[0] for row in ROWS} == set().union(*(expected for _, expected in MUTANTS.values()))
