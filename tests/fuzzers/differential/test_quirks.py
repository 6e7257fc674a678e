import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.differential.comparing import Difference
from fuzzers.differential.quirks import Quirk, draft, is_known, read_quirks
from workbench.api import UsageError

STATUS = Difference("status", "the answer", {"one": "2xx", "two": "4xx"}, 0)
THREE = Difference("status", "the answer", {"one": "2xx", "two": "4xx", "three": "5xx"}, 0)


def known(text: str, difference: Difference = STATUS, cause: str = "odd [path]") -> bool:
    return is_known(difference, cause, read_quirks(text))


@pytest.mark.parametrize(
    ("entry", "excused"),
    [
        ("", True),
        ('kind = "status"', True),
        ('kind = "accepts"', False),
        ('what = "the *"', True),
        ('what = "the request"', False),
        ('cause = "odd*"', True),
        ('cause = "even*"', False),
        ('said = { one = "2xx", two = "4*" }', True),
        ('said = { one = "4xx", two = "2xx" }', False),
        ('said = { one = "2xx" }', False),
    ],
)
def test_an_entry_excuses_what_it_describes(entry: str, excused: bool):
    assert known(f'[[quirk]]\nreason = "so"\n{entry}') is excused


def test_every_pair_must_be_excused():
    one_two = '[[quirk]]\nreason = "so"\nsaid = { one = "*", two = "*" }\n'
    assert not known(one_two, THREE)
    assert not known(one_two + one_two.replace("one", "three"), THREE)
    assert known(one_two + one_two.replace("one", "three") + one_two.replace("two", "three"), THREE)


@given(st.sampled_from([STATUS, THREE, Difference("content", "length *", {"a b": "1", "c": "2"}, 3)]), st.text())
def test_a_draft_is_an_entry_for_exactly_this(difference: Difference, cause: str):
    (quirk,) = read_quirks(draft(difference, cause))
    assert isinstance(quirk, Quirk)
    assert is_known(difference, cause, [quirk])
    assert not is_known(difference, cause + "x", [quirk])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[quirk]", "no TOML"),
        ("other = 5", "more in it"),
        ("quirk = 5", "more in it"),
        ("quirk = [5]", "entry 1"),
        ('[[quirk]]\nreason = "so"\nwho = "x"', "nobody knows 'who'"),
        ("[[quirk]]", "no reason"),
        ('[[quirk]]\nreason = "so"\ncause = 5', "all values are texts"),
        ('[[quirk]]\nreason = "so"\nsaid = { a = 5 }', "all values are texts"),
        ('[[quirk]]\nreason = "so"\nkind = "colour"', "no kind 'colour'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, complaint: str):
    with pytest.raises(UsageError, match=complaint):
        read_quirks(text, "q.toml")


def test_nothing_excuses_nothing():
    assert read_quirks("") == ()
    assert not known("")
