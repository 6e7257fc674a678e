from support.toy import TOY
from workbench.api import Direction
from workbench.self_fuzzing.cases import Cases
from workbench.self_fuzzing.talks import Talk, Turn, talks_of

TALKS = talks_of(TOY, (TOY,), ())


def test_the_conversations_come_first_as_they_are():
    cases = Cases(TOY, (TOY,), TALKS, seed=3)
    for number, talk in enumerate(TALKS):
        origin, matter = cases.at(number)
        assert origin is talk
        assert tuple(matter.turns) == talk.turns
        assert matter.pinned


def test_any_case_is_determined_by_seed_and_number():
    one, two, other = Cases(TOY, (TOY,), TALKS, 3), Cases(TOY, (TOY,), TALKS, 3), Cases(TOY, (TOY,), TALKS, 4)
    numbers = (500, 3, 77)
    assert [one.at(number)[1].turns for number in numbers] == [two.at(number)[1].turns for number in reversed(numbers)][::-1]
    assert [one.at(number)[1].turns for number in numbers] != [other.at(number)[1].turns for number in numbers]


def test_keys_are_known_missing_or_wrong():
    key = b"CLIENT_RANDOM " + b"01" * 32 + b" " + b"02" * 48 + b"\n"
    talk = Talk("here", "toy", (Turn(Direction.TO_SERVER, b"x"),), (key,))
    cases = Cases(TOY, (TOY,), (talk,), 0)
    found = [cases.at(number)[1].secrets.find("CLIENT_RANDOM", bytes([1]) * 32) for number in range(200)]
    truth = bytes([2]) * 48
    assert found[0] == truth
    assert 0.6 < found.count(truth) / 200 < 1
    assert None in found
