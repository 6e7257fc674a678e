"""From a field to the filter that finds packets with the same value. Whether the filter language knows it is asked, not assumed."""

from collections.abc import Callable, Iterator

from workbench.api import Field, UsageError

__all__ = ["filter_for"]

LONGEST = 60
"""Characters of a value that is compared: a longer one is looked for by its beginning."""


def filter_for(node: Field, parse: Callable[[str], object]) -> str:
    """The narrowest filter that `parse` takes: the value by its filter name, the text, else the protocol; "" when there is none."""
    for text in _candidates(node):
        try:
            parse(text)
        except UsageError:
            continue
        return text
    return ""


def _candidates(node: Field) -> Iterator[str]:
    value = node.value
    if node.abbrev and value is not None and not node.children:
        shown = value.hex() if isinstance(value, bytes) else str(int(value)) if isinstance(value, bool) else str(value)
        if shown and len(shown) <= LONGEST and shown.isprintable() and not set(shown) & set(' "\\'):
            yield f"{node.abbrev}=={shown}"
    if isinstance(value, str) and value.isprintable() and value:
        quoted = value[:LONGEST].replace("\\", "\\\\").replace('"', '\\"')
        if node.abbrev and not node.children:
            yield f'{node.abbrev} {"contains" if len(value) > LONGEST else "=="} "{quoted}"'
        yield f'"{quoted}"'
    if node.abbrev:
        yield node.abbrev.partition(".")[0]
