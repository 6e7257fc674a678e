import pytest

from workbench.tui.commands import COMMANDS, MODES, bindings, find, nearest

FORBIDDEN = {f"ctrl+{letter}" for letter in "abjosqhim"}
"""tmux and screen, flow control, and the terminal's names for other keys."""


def test_names_are_unique_and_explained():
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    assert all(command.title and command.help for command in COMMANDS)
    assert all(len(command.title) <= 20 for command in COMMANDS)


def test_no_core_key_is_one_that_never_arrives():
    for command in COMMANDS:
        assert not FORBIDDEN & set(command.keys.split(",")), command.name


@pytest.mark.parametrize("scope", sorted({command.scope for command in COMMANDS}))
def test_within_a_scope_a_key_means_one_thing(scope: str):
    keys = [key for binding in bindings(scope) for key in binding.key.split(",")]
    assert len(set(keys)) == len(keys)
    assert all(binding.id for binding in bindings(scope))


def test_the_first_nine_digits_are_screens():
    digits = {command.keys: command.name for command in COMMANDS if command.keys.isdigit()}
    assert digits == {
        "1": "app.packets",
        "2": "app.flows",
        "3": "app.stream",
        "4": "app.stats",
        "5": "app.fuzz",
        "6": "app.findings",
    }


def test_scopes_are_screens_or_panes():
    assert {command.scope for command in COMMANDS} - set(MODES) == {"app", "list", "tree", "hex"}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("packets.goto", "packets.goto"),
        ("goto", "packets.goto"),
        ("quit", "app.quit"),
        ("follow-t", "packets.follow-tail"),
        ("fuzz.st", None),
        ("nonsense", None),
    ],
)
def test_what_a_person_means(word: str, name: str | None):
    command = nearest(word)
    assert (command.name if command else None) == name


def test_find_is_exact():
    assert find("goto") is None
    goto = find("packets.goto")
    assert goto is not None
    assert (goto.scope, goto.method, goto.argument) == ("packets", "action_goto", "NUMBER")
