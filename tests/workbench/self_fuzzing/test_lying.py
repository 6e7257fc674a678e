from workbench.api import NO_SECRETS
from workbench.self_fuzzing.lying import Lying, secrets_of

LABEL, RANDOM, KEY = "CLIENT_RANDOM", b"\1" * 32, b"\2" * 48
LOG = f"{LABEL} {RANDOM.hex()} {KEY.hex()}\n".encode()


def test_the_truth_where_nobody_lies():
    assert secrets_of((LOG,)).find(LABEL, RANDOM) == KEY
    assert secrets_of((), "lie") is NO_SECRETS


def test_equal_questions_get_equal_answers_whatever_was_asked_before():
    one, other = secrets_of((LOG,), "lie"), secrets_of((LOG,), "lie")
    assert isinstance(one, Lying)
    questions = [(LABEL, RANDOM), *((LABEL, bytes([n]) * 32) for n in range(2, 30))]
    assert [one.find(*question) for question in questions] == [other.find(*question) for question in questions[::-1]][::-1]


def test_lies_are_missing_empty_or_wrong():
    found = [secrets_of((LOG,), str(number)).find(LABEL, RANDOM) for number in range(100)]
    assert {None, b"", KEY} < set(found)
    assert {len(key) for key in found if key} == {32, 48}
