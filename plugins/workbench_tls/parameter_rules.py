"""What QUIC's transport parameters must not say (RFC 9000 7.3, 7.4 and 18.2, 9287 3, 9368 3): remarks on the fields of the extension."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from workbench.api import Field, Note, Severity
from workbench_tls.quic_parameters import SERVER_ONLY, parameter_name

__all__ = ["MOST_REMARKS", "parameter_remarks"]

_ORIGINAL_DESTINATION, _MAX_ACK_DELAY, _INITIAL_SOURCE, _VERSION_INFORMATION = 0x00, 0x0B, 0x0F, 0x11
_LONGEST_ID = 20
"""RFC 9000 17.2: bytes of a connection ID."""
_USUAL_ACK_DELAY_MS = 25
"""RFC 9000 18.2."""
_MIN_ACK_DELAYS = frozenset((0xFF03DE1A, 0xFF04DE1A, 0xFF04DE1B))

MOST_REMARKS = 64
"""Remarks on one extension: some thirty parameters have rules, and thousands may come twice."""

_LAST = (1 << 62) - 1
_BOUNDS: Mapping[int, tuple[int, int, str]] = {
    0x03: (1200, _LAST, "RFC 9000 18.2"),
    0x08: (0, 1 << 60, "RFC 9000 4.6"),
    0x09: (0, 1 << 60, "RFC 9000 4.6"),
    0x0A: (0, 20, "RFC 9000 18.2"),
    0x0B: (0, (1 << 14) - 1, "RFC 9000 18.2"),
    0x0E: (2, _LAST, "RFC 9000 18.2"),
}
"""Type → smallest and greatest value that is valid."""


def parameter_remarks(extension: Field, *, client: bool, draft: bool) -> Iterator[Note]:
    """What is wrong with the parameters in an extension of a client or a server; not more than `MOST_REMARKS`.

    What is missing is not told of drafts, which had other rules.
    """
    return islice(_remarks(extension, client=client, draft=draft), MOST_REMARKS)


def _remarks(extension: Field, *, client: bool, draft: bool) -> Iterator[Note]:
    lists = (node for node in extension.children if node.name == "quic_parameters")
    seen: dict[int, Field] = {}
    for item in (item for node in lists for item in node.children if item.name == "parameter"):
        kind = item.children[0].value
        if kind in seen:
            yield _note(item, f"{_named(kind)} is sent more than once", "RFC 9000 7.4")
            continue
        seen[kind] = item
        if client and kind in SERVER_ONLY:
            yield _note(item, f"{_named(kind)} is for servers only", "RFC 9000 18.2")
        yield from _out_of_bounds(item, kind)
        if kind in _RULES:
            yield from _RULES[kind](item)
    yield from _delays(seen)
    if client:
        yield from _not_offered(seen)
    if not draft:
        for kind in (_INITIAL_SOURCE,) if client else (_INITIAL_SOURCE, _ORIGINAL_DESTINATION):
            if kind not in seen:
                yield _note(extension, f"{_named(kind)} is missing", "RFC 9000 7.3")


def _named(kind: int) -> str:
    return parameter_name(kind) or f"parameter {kind:#x}"


def _note(field: Field, text: str, section: str) -> Note:
    return Note(Severity.ERROR, text, field.start, field.end, section)


def _number(item: Field) -> int | None:
    """The value of a parameter that is one number; None where it is broken."""
    inside = item.children[2].children
    sound = len(inside) == 1 and not inside[0].error and isinstance(inside[0].value, int)
    return inside[0].value if sound else None


def _out_of_bounds(item: Field, kind: int) -> Iterator[Note]:
    if kind not in _BOUNDS:
        return
    least, most, section = _BOUNDS[kind]
    number = _number(item)
    if number is not None and not least <= number <= most:
        limit = f"at least {least}" if number < least else f"at most {most}"
        yield _note(item, f"{_named(kind)} is {number}, {limit} is valid", section)


def _delays(seen: Mapping[int, Field]) -> Iterator[Note]:
    """The least delay of acknowledgments is in microseconds, the greatest in milliseconds."""
    most = _number(seen[_MAX_ACK_DELAY]) if _MAX_ACK_DELAY in seen else _USUAL_ACK_DELAY_MS
    for kind in _MIN_ACK_DELAYS & seen.keys():
        least = _number(seen[kind])
        if least is not None and most is not None and least > 1000 * most:
            text = f"{_named(kind)} is {least} µs, more than max_ack_delay of {most} ms"
            yield _note(seen[kind], text, "draft-ietf-quic-ack-frequency 3")


def _connection_id(item: Field) -> Iterator[Note]:
    size = len(item.children[2].value)
    if size > _LONGEST_ID:
        yield _note(item, f"a connection ID of {size} bytes, {_LONGEST_ID} are the limit", "RFC 9000 17.2")


def _preferred_address(item: Field) -> Iterator[Note]:
    length = item.find("tls.quic.parameter.preferred_address.connectionid.length")
    if length is not None and length.value == 0:
        yield _note(item, "preferred_address without a connection ID", "RFC 9000 18.2")
    elif length is not None and length.value > _LONGEST_ID:
        yield _note(item, f"a connection ID of {length.value} bytes, {_LONGEST_ID} are the limit", "RFC 9000 17.2")


def _versions(item: Field) -> tuple[int, list[int]] | None:
    """The chosen version and the available ones; None where they are broken."""
    chosen = item.find("tls.quic.parameter.vi.chosen_version")
    if chosen is None or chosen.error:
        return None
    return chosen.value, [node.value for _, node in item.walk() if node.abbrev == "tls.quic.parameter.vi.other_version"]


def _version_information(item: Field) -> Iterator[Note]:
    versions = _versions(item)
    if versions is not None and (not versions[0] or 0 in versions[1]):
        yield _note(item, "version 0 in version_information", "RFC 9368 3")


def _not_offered(seen: Mapping[int, Field]) -> Iterator[Note]:
    """A client lists the version that it chose, too."""
    versions = _versions(seen[_VERSION_INFORMATION]) if _VERSION_INFORMATION in seen else None
    if versions is not None and versions[0] not in versions[1]:
        yield _note(seen[_VERSION_INFORMATION], "the chosen version is not among the available ones", "RFC 9368 3")


_RULES: Mapping[int, Callable[[Field], Iterator[Note]]] = {
    0x00: _connection_id,
    0x0D: _preferred_address,
    0x0F: _connection_id,
    0x10: _connection_id,
    _VERSION_INFORMATION: _version_information,
}
