from support.toy import TOY, changed
from workbench.api import Check, CheckFailed, CheckSkipped, Level, list_on_demand
from workbench.laws import Subject
from workbench.laws.conforming import server_conforms


def check(run, name="one", level=Level.MUST):
    return Check(name=name, section="toy 1", rule="A rule", run=run, level=level)


def fails(_):
    raise CheckFailed("expected this, got that")


def skips(_):
    raise CheckSkipped("not here")


def breaks(_):
    raise KeyError("mine")


def breaches(*checks, **more):
    return list(server_conforms(Subject(changed(checks=checks, **more))))


def test_a_plugin_without_checks_has_nothing_to_break():
    assert list(server_conforms(Subject(TOY))) == []


def test_must_counts_and_should_does_not():
    assert breaches(check(lambda _: None, "a"), check(skips, "b"), check(fails, "c", Level.SHOULD)) == []
    assert breaches(check(fails)) == ["check 'one' (toy 1): failed, expected this, got that"]


def test_a_broken_check_is_a_breach():
    assert breaches(check(breaks)) == ["check 'one' (toy 1): error, the check raised KeyError: 'mine'"]


def test_names_are_unique_even_without_a_server():
    twice = (check(skips), check(skips))
    assert breaches(*twice, server=None) == ["two checks are called 'one'"]


def test_what_loads_later_is_looked_at_here():
    later = changed(checks=list_on_demand("string:ascii_letters"))
    assert list(server_conforms(Subject(later))) == ["the checks are not all of type Check"]
