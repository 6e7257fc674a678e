"""Copies of a grammar in which every field is watched, built by walking the attributes of its constructs.

The grammar itself is never touched, and nothing global is. A copy has its own recorder and is used by one parse at a time.

How a construct is treated depends on the function that parses it (`type(construct)._parse`), so that a subclass which only builds
differently is treated like its parent, and one that parses in its own way is not. A class nobody here knows is copied with whatever
constructs are found in its attributes; what hides them elsewhere (in a closure, say) parses as ever and shows as one field.
"""

import copy
from collections.abc import Callable
from typing import Any

import construct.core as core
from construct import Adapter, Construct, Container, LazyBound, Struct, Subconstruct

from dissectors.bounded import bound, needs_bound
from dissectors.narrowing import narrowed_parse
from dissectors.recording import DEPTH, LimitReached, Node, Recorder, Role
from dissectors.runs import struct_parse
from workbench.api import Crc

__all__ = ["GrammarCopy"]

MOST_LAZY = 1000
"""Copies kept of what `LazyBound` functions return: one each in practice, unless such a function makes a new construct every time."""

_KEPT = {
    *(core.LazyStruct, core.LazyArray, core.Lazy, core.Compiled, core.Rebuffered, core.Pickled, core.Numpy),
}
"""Classes that stay what they are and show as one field: they parse later, or by other means."""

_TRANSPARENT = {
    *(Adapter._parse, Subconstruct._parse, core.Renamed._parse, core.Const._parse, core.IfThenElse._parse, core.Switch._parse),
    *(core.Padded._parse, core.Aligned._parse, core.FixedSized._parse, core.NullTerminated._parse, core.NullStripped._parse),
    *(
        core.OffsettedEnd._parse,
        core.RawCopy._parse,
        core.Prefixed._parse,
        core.Checksum._parse,
        Crc._parse,
        core.LazyBound._parse,
    ),
}
"""They parse one child; its records belong to whoever watches them."""

_MEMBERS = {Struct._parse, core.Sequence._parse, core.FocusedSeq._parse, core.Union._parse}
_ARRAYS = {core.Array._parse, core.GreedyRange._parse, core.RepeatUntil._parse}
_DERIVING = {
    *(core.Transformed._parse, core.Restreamed._parse, core.Tunnel._parse, core.ProcessXor._parse, core.ProcessRotateLeft._parse),
    core.RestreamData._parse,
}
"""They parse a child from other bytes than their own."""

_SETTING_BACK = {core.Peek._parse, core.Pointer._parse}
_WANDERING = {core.Union._parse, core.Seek._parse, *_SETTING_BACK}
"""After these a field may lie outside its parent."""


class GrammarCopy:
    """One watched copy of a grammar. Use it for one parse at a time."""

    def __init__(self, grammar: Construct) -> None:
        self.recorder = Recorder()
        self.careful = False
        """Fields may lie outside their parents: the grammar moves about in its stream, or holds constructs nobody here knows."""
        self._done: dict[int, tuple[Construct, Construct]] = {}
        self._noisy: set[int] = set()
        self.root = self._watched(grammar, Role.MEMBER)

    def _watched(self, construct: Construct, role: Role, name: str = "") -> Construct:
        inner = self._through(construct)
        quiet = id(inner) not in self._noisy
        if quiet and role in (Role.GROUP, Role.DERIVED):
            return inner
        plain = inner.parsed is None and "_parsereport" not in vars(inner)
        parse = inner._parse if plain else inner._parsereport
        node = Node(role, name or construct.name or "", construct)
        watched = self.recorder.watch(construct, parse, node, leaf=inner if quiet else None)
        self._noisy.add(id(watched))
        return watched

    def _through(self, construct: Construct) -> Construct:
        known = self._done.get(id(construct))
        if known is None:
            known = construct, self._copy(construct)
            self._done[id(construct)] = known
        return known[1]

    def _copy(self, construct: Construct) -> Construct:
        parse = type(construct)._parse
        if type(construct) in _KEPT or type(construct)._parsereport is not Construct._parsereport:
            return construct
        if type(construct) is core.Renamed and construct.parsed is None:
            return self._through(construct.subcon)
        if parse is LazyBound._parse:
            return self._lazy(construct)
        self.careful = self.careful or parse in _WANDERING or not parse.__module__.startswith(("construct.", "workbench.api."))
        changed, noisy = self._changes(construct, parse)
        if not changed and not needs_bound(construct) and not isinstance(construct, core.FlagsEnum):
            return construct
        duplicate = copy.copy(construct)
        vars(duplicate).update(changed)
        bound(duplicate)
        if isinstance(construct, core.FlagsEnum):
            duplicate._decode = _keeping_flags(construct)
        elif parse is Struct._parse and construct.parsed is None:
            duplicate._parsereport = struct_parse(duplicate, self.recorder)
        if noisy:
            self._noisy.add(id(duplicate))
            if (narrowed := narrowed_parse(duplicate)) is not None:
                duplicate._parse = narrowed
            if parse in _DERIVING:
                return self._derived(construct, duplicate)
        return duplicate

    def _changes(self, construct: Construct, parse: Any) -> tuple[dict[str, Any], bool]:
        """The attributes that a copy must have instead of the original's, and whether any of them is watched inside."""
        child = self._for_children_of(construct, parse)
        made: dict[int, Construct] = {}

        def replace(value: Any) -> Any:
            if isinstance(value, Construct):
                if id(value) not in made:
                    made[id(value)] = child(value)
                return made[id(value)]
            if type(value) in (list, tuple) and any(isinstance(item, Construct) for item in value):
                return type(value)([replace(item) for item in value])
            if isinstance(value, dict) and any(isinstance(item, Construct) for item in value.values()):
                table = copy.copy(value)
                for key, item in value.items():
                    table[key] = replace(item)
                return table
            return value

        replaced = {name: (value, replace(value)) for name, value in vars(construct).items()}
        changed = {name: after for name, (before, after) in replaced.items() if not _same(before, after)}
        return changed, any(id(copied) in self._noisy for copied in made.values())

    def _for_children_of(self, construct: Construct, parse: Any) -> Callable[[Construct], Construct]:
        if parse in _MEMBERS:
            focus = getattr(construct, "parsebuildfrom", None)
            return lambda child: self._watched(child, Role.FOCUS if focus is not None and child.name == focus else Role.MEMBER)
        if parse in _ARRAYS:
            return lambda child: self._watched(child, Role.ELEMENT)
        if parse in _SETTING_BACK:
            return lambda child: self._watched(child, Role.ELSEWHERE)
        if parse is core.Prefixed._parse:
            silent = id(self._through(construct.subcon)) not in self._noisy
            length = construct.lengthfield
            return lambda child: (
                self._through(child) if silent or child is not length else self._watched(child, Role.EXTRA, "length")
            )
        if parse in _TRANSPARENT or parse in _DERIVING:
            return self._through
        return lambda child: self._watched(child, Role.GROUP)

    def _derived(self, construct: Construct, duplicate: Construct) -> Construct:
        node = Node(Role.DERIVED, "", construct)
        watched = self.recorder.watch(construct, duplicate._parsereport, node)
        self._noisy.add(id(watched))
        return watched

    def _lazy(self, construct: LazyBound) -> Construct:
        recorder = self.recorder

        def parse(stream: Any, context: Any, path: str) -> Any:
            recorder.depth += 1
            if recorder.depth > DEPTH:
                raise LimitReached("it nests too deeply")
            try:
                return self._meant(construct.subconfunc())._parsereport(stream, context, path)
            finally:
                recorder.depth -= 1

        duplicate = copy.copy(construct)
        duplicate._parse = parse
        self._noisy.add(id(duplicate))
        return duplicate

    def _meant(self, construct: Construct) -> Construct:
        if id(construct) not in self._done and len(self._done) > MOST_LAZY:
            self._done.clear()
        return self._through(construct)


def _same(before: Any, after: Any) -> bool:
    if before is after:
        return True
    if isinstance(before, dict) and isinstance(after, dict):
        return all(before[key] is after[key] for key in before)
    return isinstance(before, list | tuple) and all(map(lambda one, other: one is other, before, after))


def _keeping_flags(construct: core.FlagsEnum) -> Callable[[Any, Any, str], Container]:
    """Decode as `FlagsEnum` does and leave the number and the masks beside the flags, where private names are ignored."""

    def decode(number: Any, context: Any, path: str) -> Container:
        flags = type(construct)._decode(construct, number, context, path)
        flags["_number"] = number
        flags["_masks"] = construct.flags
        return flags

    return decode
