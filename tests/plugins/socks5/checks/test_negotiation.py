import pytest

from support.socks5_checks import fails
from workbench_socks5.checks import negotiation


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("a_method_is_selected", (b"\5\1",)),
        ("a_method_is_selected", (b"\4\0",)),
        ("a_selection_is_two_bytes", (b"\5\0\0",)),
        ("the_last_method_counts", (b"\5\xf3",)),
        ("a_greeting_may_offer_255_methods", (None,)),
        ("methods_may_repeat", (b"\5\xff",)),
        ("no_acceptable_method", (b"\5\0",)),
        ("no_acceptable_method_ends", (b"\5\xff",)),
        ("nothing_is_served_without_method", (b"\5\xff\5\0",)),
        ("only_offered_methods_are_selected", (b"\5\0",)),
        ("a_greeting_without_methods", (b"\5\0",)),
        ("another_version_is_not_served", (b"\5\0",)),
        ("greeting_byte_by_byte", (b"\5\xff",)),
        ("half_a_greeting_is_not_answered", (b"\5\0",)),
        ("a_cut_greeting_ends", (b"\5\0",)),
    ],
)
def test_what_breaks_the_rule_is_seen(name, sentences):
    assert fails(getattr(negotiation, name), *sentences).startswith("expected ")
