import pytest

from support.dns import fails, patched
from workbench_dns.checks.headers import ROWS


def _longer(data: bytes) -> bytes:
    return data + b"?"


def _small(data: bytes) -> bytes:
    return data.lower()


def _forward(data: bytes) -> bytes:
    """The owner of the first answer leads to the name of the second."""
    at = data.find(b"\xc0\x0c", 12)
    again = data.find(b"\xc0\x0c", at + 2)
    return data[: at + 1] + bytes((again & 0xFF,)) + data[at + 2 :] if 0 < at < again < 256 else data


def _answers_everything(data: bytes) -> bytes:
    return data[:2] + bytes((data[2] & 0x7F,)) + data[3:] if len(data) > 3 else data


def _no_question(data: bytes) -> bytes:
    return data[:4] + b"\0\0" + data[6:]


def _capitals_matter(data: bytes) -> bytes:
    return data.replace(b"wWw", b"wxw") if b"wWw" in data else data


MUTANTS = {
    "forgets the id": ({"after": patched(0, clear=0xFF)}, {"id-repeated"}),
    "says that answers are questions": ({"after": patched(2, clear=0x80)}, {"response-marked"}),
    "answers with another opcode": ({"after": patched(2, put=0x10)}, {"opcode-repeated"}),
    "forgets what was desired": ({"after": patched(2, clear=1)}, {"rd-repeated"}),
    "always desires": ({"after": patched(2, put=1)}, {"rd-not-made-up"}),
    "sets the reserved bit": ({"after": patched(3, put=0x40)}, {"z-zero", "z-not-repeated"}),
    "sets CD": ({"after": patched(3, put=0x10)}, {"cd-cleared"}),
    "claims that everything is authentic": ({"after": patched(3, put=0x20)}, {"ad-not-claimed"}),
    "does not repeat the question": ({"after": _no_question}, {"question-repeated"}),
    "uses small letters": ({"after": _small}, {"spelling-repeated"}),
    "makes a difference between letters": ({"before": _capitals_matter}, {"spelling-ignored"}),
    "adds a byte": ({"after": _longer}, {"nothing-behind"}),
    "points forward": ({"after": _forward}, {"pointers-lead-back"}),
    "answers answers": ({"before": _answers_everything}, {"response-ignored"}),
    "says nothing to what is cut": ({"after": lambda _: b""}, {"short-header"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {row[0] for row in ROWS} == set().union(*(expected for _, expected in MUTANTS.values()))
