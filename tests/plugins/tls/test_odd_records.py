from support.mutating import outcomes, said
from workbench_tls.odd_records import MUTATORS
from workbench_tls.seeds import SEEDS

SESSION = SEEDS[0].messages


def records(raw: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 5 <= len(raw):
        size = int.from_bytes(raw[at + 3 : at + 5], "big")
        found.append((raw[at], raw[at + 5 : at + 5 + size]))
        at += 5 + size
    return found


def test_a_hello_is_cut_by_records_without_losing_a_byte():
    between = set()
    for raw in said(MUTATORS, "record-split", SESSION):
        found = records(raw)
        assert b"".join(data for kind, data in found if kind == 22) == SESSION[0][5:]
        between |= {kind for kind, _ in found} | ({"empty"} if (22, b"") in found else set())
    assert {20, 21, 22, 23, 24, "empty"} <= between


def test_records_lie_about_their_length_or_are_too_long():
    raws = said(MUTATORS, "record-length", SESSION)
    assert any(int.from_bytes(raw[3:5], "big") > len(raw) - 5 for raw in raws)
    assert any(int.from_bytes(raw[3:5], "big") == len(raw) - 5 == (1 << 14) + 1 for raw in raws)


def test_hellos_come_in_records_of_every_type():
    assert {raw[0] for raw in said(MUTATORS, "record-type", SESSION)} == {0, 19, 20, 21, 23, 24, 25, 26, 128, 255}


def test_records_of_other_types_come_once_and_by_the_thousand():
    changes = outcomes(MUTATORS, "other-records", SESSION, 600)
    added = [change.messages[change.message] for change in changes]
    assert any(raw == b"\x18\3\1\0\3\1\x40\0" for raw in added)
    assert max(len(records(raw)) for raw in added) > 4_000
    assert {change.message for change in changes} == {0, 1}


def test_hellos_come_again():
    assert {change.messages.count(SESSION[0]) for change in outcomes(MUTATORS, "second-hello", SESSION)} >= {2, 3}
    assert any(len(records(change.messages[0])) > 1 for change in outcomes(MUTATORS, "second-hello", SESSION))
