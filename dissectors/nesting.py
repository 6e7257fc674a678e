"""Children lie inside their parents: what is made of fields that a parse read elsewhere, or that it did not finish."""

from dataclasses import replace

from workbench.api import Field

__all__ = ["nested"]


def nested(root: Field, size: int) -> Field:
    """The tree with every field inside its parent (where both lie in one view).

    The root grows to hold all its children within the message's `size` bytes. Further down a field that lies outside (what a
    `Pointer` led to, say) keeps its value and loses its place: it becomes an empty, generated field at the end of its parent.
    """
    first, last = min(root.start, size), min(root.end, size)
    for child in root.children:
        if child.view == root.view and child.end <= size:
            first, last = min(first, child.start), max(last, child.end)
    return _inside(replace(root, start=first, end=last))


def _inside(node: Field) -> Field:
    if not node.children:
        return node
    children = tuple(
        _inside(child)
        if child.view != node.view or node.start <= child.start <= child.end <= node.end
        else _placeless(child, node)
        for child in node.children
    )
    return node if children == node.children else replace(node, children=children)


def _placeless(node: Field, parent: Field) -> Field:
    children = tuple(_placeless(child, parent) if child.view == node.view else _inside(child) for child in node.children)
    return replace(node, start=parent.end, end=parent.end, bits=None, generated=True, children=children)
