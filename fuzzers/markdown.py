"""Texts of anybody inside Markdown, so that none of them is taken for markup."""

__all__ = ["code", "plain"]

_MARKUP = frozenset("<>`[]*|")


def plain(text: str) -> str:
    """One line without anything that Markdown or HTML would take for its own."""
    return "".join(char if char.isprintable() and char not in _MARKUP else " " for char in text)


def code(text: str) -> str:
    """The inside of a code span, also within a table (where a bar would end the cell even there)."""
    return "".join(char if char.isprintable() and char not in "`|" else " " for char in text)
