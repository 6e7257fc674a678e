import pytest

from support.socks5_checks import fails, peer
from workbench.api import CheckSkipped
from workbench_socks5.checks import passwords


@pytest.mark.parametrize("entry", passwords.PASSWORDS, ids=lambda entry: entry.name)
def test_without_users_there_is_nothing_to_check(entry):
    with pytest.raises(CheckSkipped):
        entry.run(peer())


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("the_right_password", (b"\5\2", b"\1\1")),
        ("the_right_password", (b"\5\2", b"\5\0")),
        ("a_wrong_password", (b"\5\2", b"\1\0")),
        ("a_wrong_password_ends", (b"\5\2", b"\1\1")),
        ("nothing_is_served_after_a_denial", (b"\5\2", b"\1\1\5\0")),
        ("an_unknown_user", (b"\5\2", b"\1\0")),
        ("a_name_is_compared_whole", (b"\5\2", b"\1\0")),
        ("a_password_is_compared_whole", (b"\5\2", b"\1\0")),
        ("a_password_has_cases", (b"\5\2", b"\1\0")),
        ("an_empty_password", (b"\5\2", b"\1\0")),
        ("an_empty_name", (b"\5\2", b"\1\0")),
        ("the_longest_name_and_password", (b"\5\2", None)),
        ("another_version_gives_no_access", (b"\5\2", b"\1\0")),
        ("password_byte_by_byte", (b"\5\2", b"\1\1")),
        ("a_password_cannot_be_left_out", (b"\5\0",)),
        ("a_request_cannot_replace_the_password", (b"\5\2", b"\5\0")),
    ],
)
def test_what_breaks_the_rule_is_seen(name, sentences):
    assert fails(getattr(passwords, name), *sentences, users=True).startswith("expected ")
