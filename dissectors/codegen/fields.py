"""Code that makes a `Field` of what a construct left behind; the same fields as `dissectors.trees` makes of records."""

from construct import Construct

from dissectors.codegen.emission import Emission, Outcome
from dissectors.codegen.source import Position
from dissectors.trees import is_generated, unnamed

__all__ = ["child", "member", "named"]


def child(path: str, name: str) -> str:
    """Filter name of a member."""
    return f"{path}.{name}" if path else name


def named(construct: Construct, path: str) -> tuple[str, str, str]:
    """Name and filter name of a member (as source), and the path below it."""
    if construct.name:
        full = child(path, construct.name)
        return repr(construct.name), repr(full), full
    return repr(unnamed(construct)), "''", path


def member(
    emission: Emission, construct: Construct, outcome: Outcome, name: str, abbrev: str, start: Position
) -> tuple[str, ...]:
    """Write the code for one field from `start` to here; gives what stands for it among its parent's pieces."""
    emission.fields += 1
    if not emission.trees:
        return ()
    source = emission.source
    end = source.position
    empty = start == end
    if empty and outcome.value == "None" and not outcome.pieces:
        return ()
    if outcome.flags:
        flags = source.assign("g", f"flag_fields({outcome.flags}, d[{start}:{end}], {start}, {end}, None, 0, {abbrev})")
        outcome = outcome._replace(pieces=(f"*{flags}",))
    made = source.fresh("f")
    generated = is_generated(construct)
    if outcome.pieces or outcome.text or generated:
        children = f"({', '.join(outcome.pieces)},)" if outcome.pieces else "()"
        computed = f"{outcome.shown} is not None" if generated else "False"
        rest = f"{children}, {abbrev}, {outcome.text or repr('')}, '', 0, None, {computed}"
        build = f"{made} = AnyField({name}, {start}, {end}, {outcome.shown}, {rest})"
    else:
        build = f"{made} = PlainField({name}, {start}, {end}, {outcome.shown}, {abbrev})"
    lines = f"{build}; {made}.__class__ = Field"
    if not outcome.maybe_none or (start.base == end.base and not empty):
        source.after(lines)
        return (made,)
    some = source.fresh("g")
    test = f"{outcome.value} is None"
    if outcome.pieces:
        test += f" and not ({', '.join(outcome.pieces)},)"
    if not empty:
        test += f" and {start} == {end}"
    with source.block(f"if {test}:"):
        source.write(f"{some} = ()")
    with source.block("else:"):
        source.write(lines)
        source.write(f"{some} = ({made},)")
    return (f"*{some}",)
