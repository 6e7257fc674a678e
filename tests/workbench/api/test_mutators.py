from workbench.api import Mutated

SESSION = (b"a", b"b", b"c")


def test_one_message_takes_the_place_of_another():
    assert Mutated.put(SESSION, 1, b"x", "changed") == Mutated((b"a", b"x", b"c"), 1, "changed")


def test_more_messages_come_before_one_or_at_the_end():
    assert Mutated.added(SESSION, 1, [b"x", b"y"], "two more").messages == (b"a", b"x", b"y", b"b", b"c")
    assert Mutated.added(SESSION, 3, [b"x"], "one more") == Mutated((*SESSION, b"x"), 3, "one more")
