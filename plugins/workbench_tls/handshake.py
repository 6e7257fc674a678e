"""Handshake messages (RFC 8446 4, 5246 7.4): bytes to field trees and values, and back. Knows nothing of records or keys.

`read_handshake` takes one whole message: from a record, put together from several, or out of QUIC's CRYPTO frames. A value is made of
dicts, lists, ints and bytes: {"type", "length", …fields of the body} or, where the layout is not known or broken, {"type", "length",
"data"}; extensions likewise ({"type", "len", …} or {"type", "len", "data"}).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from construct import Construct, ConstructError

from workbench.api import Field, Traced
from workbench_tls.bodies import Agreed, body_grammars
from workbench_tls.certificates import certificate_fields
from workbench_tls.extensions import Carrier, extension_grammar
from workbench_tls.fingerprints import Transport, fingerprint_fields
from workbench_tls.layout import plain_value
from workbench_tls.limits import MAX_EXTENSIONS, MAX_FIELDS, MAX_PARAMETERS
from workbench_tls.names import HANDSHAKES
from workbench_tls.quic_parameters import EXTENSIONS as QUIC_EXTENSIONS
from workbench_tls.quic_parameters import build_parameters, parameter_grammar, parameter_name, parameters_grammar
from workbench_tls.vocabulary import ADDRESSES, ELEMENTS, STRINGS, extension_name, filter_name, number_name

__all__ = ["HEADER", "RETRY_RANDOM", "Handshake", "Tracer", "build_handshake", "read_handshake"]

HEADER = 4
"""Bytes of type and length."""

RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""RFC 8446 4.1.3: the random of a ServerHello that is a HelloRetryRequest."""

Tracer = Callable[[Construct, bytes, str, Mapping[str, Any]], Traced]
Value = dict[str, Any]

_CARRIERS: dict[int, Carrier] = {
    1: "client",
    2: "server",
    4: "ticket",
    6: "retry",
    8: "server",
    11: "certificate",
    13: "request",
}


@dataclass(frozen=True, slots=True)
class Handshake:
    """One handshake message. `name` is the RFC's name for `kind`; a ServerHello that asks to try again is "hello_retry_request"."""

    kind: int
    name: str
    field: Field
    value: Value

    @property
    def sound(self) -> bool:
        """Whether the body was understood to its last byte."""
        return "data" not in self.value


def read_handshake(
    trace: Tracer,
    data: bytes,
    agreed: Agreed,
    base: int = 0,
    view: int = 0,
    *,
    most_fields: int = MAX_FIELDS,
    transport: Transport = "t",
) -> Handshake:
    """Dissect one whole message, header included, that lies at `base` of the message's view number `view`. Never raises on `data`.

    A tree of more than `most_fields` fields is cut: what is left shows as bytes. `transport` is what JA4 begins with.
    """
    kind, body = data[0], data[HEADER:]
    grammars = body_grammars(kind, body, agreed)
    traced = _best(trace, grammars, body)
    reader = _Reader(trace, body, base + HEADER, view, _CARRIERS.get(kind, "client"), most_fields)
    name = HANDSHAKES.get(kind, f"type {kind}")
    if kind == 2 and body[2:34] == RETRY_RANDOM:
        reader.carrier, name = "retry", "hello_retry_request"
    inner: tuple[Field, ...] = ()
    value: Value | None = None
    if traced is None:
        inner = (reader.raw(body),) if body else ()
    else:
        inner, value = reader.body(traced)
    end = base + len(data)
    head = (
        Field("type", base, base + 1, kind, abbrev="tls.handshake.type", text=name, view=view),
        Field("length", base + 1, base + HEADER, len(body), abbrev="tls.handshake.length", view=view),
    )
    generated = fingerprint_fields(kind, value, end, view, transport) if value is not None else ()
    if value is None:
        value = {"data": body}
    field = Field(name, base, end, None, (*head, *inner, *generated), "tls.handshake", view=view)
    return Handshake(kind, name, field, {"type": kind, "length": len(body), **value})


def _best(trace: Tracer, grammars: tuple[Construct, ...], body: bytes) -> Traced | None:
    """The first grammar that takes the body whole, else what the usual one made of it."""
    usual = None
    for grammar in grammars:
        traced = trace(grammar, body, "", {})
        if not traced.error and traced.consumed == len(body):
            return traced
        usual = usual or traced
    return usual


class _Reader:
    """Makes the fields of a parse presentable, and opens what lies inside them."""

    def __init__(self, trace: Tracer, body: bytes, base: int, view: int, carrier: Carrier, most_fields: int) -> None:
        self.trace, self.data, self.base, self.view, self.carrier = trace, body, base, view, carrier
        self.broken = False
        self.opened = self.parameters = 0
        self.room = most_fields

    def raw(self, data: bytes, at: int = 0, error: str = "", abbrev: str = "tls.handshake.data") -> Field:
        """Bytes without a layout."""
        start = self.base + at
        return Field("data", start, start + len(data), data, abbrev=abbrev, error=error, view=self.view)

    def body(self, traced: Traced, shift: int = 0, size: int = -1) -> tuple[tuple[Field, ...], Value | None]:
        """The fields of a structure that should take `size` bytes (all, by default), and its value where it does."""
        size = len(self.data) if size < 0 else size
        before, self.broken = self.broken, bool(traced.error)
        values = plain_value(traced.value) if isinstance(traced.value, Mapping) else {}
        fields: list[Field] = []
        for child in traced.root.children:
            field, value = self._field(child, values.get(child.name), shift)
            fields.append(field)
            if values:
                values[child.name] = value
        used = traced.root.end if traced.error else traced.consumed
        if used < size:
            left = self.data[shift + used : shift + size]
            error = traced.error or f"{len(left)} bytes fit no field"
            fields.append(self.raw(left, shift + used, error))
            self.broken = True
        elif traced.error and not any(node.error for field in fields for _, node in field.walk()):
            fields.append(self.raw(b"", shift + size, traced.error))
        understood, self.broken = not self.broken, before or self.broken
        return tuple(fields), values if understood else None

    def _field(self, node: Field, value: Any, shift: int) -> tuple[Field, Any]:
        name = node.name
        start, end = self.base + shift + node.start, self.base + shift + node.end
        if name == "extensions" and not node.error:
            children, value = self._extensions(node, shift)
        elif name == "quic_parameters" and not node.error:
            children, value = self._parameters(node, shift)
        elif isinstance(value, list):
            children, value = self._items(node, value, shift)
        elif isinstance(value, dict):
            children = ()
            for child in node.children:
                field, value[child.name] = self._field(child, value.get(child.name), shift)
                children = (*children, field)
        elif node.children:
            children, _ = self._items(node, [None] * len(node.children), shift)
        else:
            return self._leaf(node, start, end), value
        error = node.error or self._left_over(children, start, end)
        return Field(name, start, end, None, children, filter_name(name), error=error, view=self.view), value

    def _left_over(self, children: tuple[Field, ...], start: int, end: int) -> str:
        last = children[-1].end if children else start
        if last >= end:
            return ""
        self.broken = True
        return f"{end - last} bytes fit no item"

    def _items(self, node: Field, values: list[Any], shift: int) -> tuple[tuple[Field, ...], list[Any]]:
        element = ELEMENTS.get(node.name)
        fields: list[Field] = []
        found: list[Any] = []
        for child, value in zip(node.children, values, strict=False):
            self.room -= 1
            if self.room < 0:
                fields.append(self._more(child, node, shift))
                break
            if element is not None:
                start, end = self.base + shift + child.start, self.base + shift + child.end
                fields.append(self._leaf(child, start, end, element))
                found.append(value)
                continue
            field, inner = self._field(child, value, shift)
            fields.append(_unfiltered(field))
            found.append(inner)
        return tuple(fields), found + values[len(found) :]

    def _more(self, child: Field, node: Field, shift: int) -> Field:
        start, end = self.base + shift + child.start, self.base + shift + node.end
        return Field("more", start, end, None, text="more items than are shown", view=self.view)

    def _leaf(self, node: Field, start: int, end: int, name: str = "") -> Field:
        name = name or node.name
        value, text = node.value, ""
        children: tuple[Field, ...] = ()
        if isinstance(value, int):
            text = number_name(name, value)
        elif name in STRINGS and isinstance(value, bytes):
            value = value.decode("utf-8", "backslashreplace")
        elif name in ADDRESSES and isinstance(value, bytes) and not node.error:
            value = str(ip_address(value))
        elif name == "certificate" and isinstance(value, bytes):
            children = certificate_fields(value, start, self.view)
        return Field(name, start, end, value, children, filter_name(name), text, node.error, self.view)

    def _extensions(self, node: Field, shift: int) -> tuple[tuple[Field, ...], list[Any]]:
        fields, values = [], []
        for item in node.children:
            self.room -= 4
            if self.room < 0:
                fields.append(self._more(item, node, shift))
                self.broken = True
                break
            if len(item.children) < 3 and not (len(item.children) == 2 and item.end - item.start == HEADER):
                continue  # cut: reported as left over
            field, value = self._extension(item, shift)
            fields.append(field)
            values.append(value)
        return tuple(fields), values

    def _extension(self, item: Field, shift: int) -> tuple[Field, Value]:
        """One extension; its data is opened where a grammar knows it, else it stays bytes."""
        kind: int = item.children[0].value
        at, end = shift + item.start + HEADER, shift + item.end
        data = self.data[at:end]
        self.opened += 1
        quic = kind in QUIC_EXTENSIONS
        grammar = parameters_grammar(kind, data) if quic else extension_grammar(kind, self.carrier)
        if not data or self.opened > MAX_EXTENSIONS:
            grammar = None
        start, view = self.base + at - HEADER, self.view
        name = extension_name(kind)
        head = (
            Field("type", start, start + 2, kind, abbrev="tls.handshake.extension.type", text=name, view=view),
            Field("len", start + 2, start + 4, len(data), abbrev="tls.handshake.extension.len", view=view),
        )
        value: Value = {"type": kind, "len": len(data)}
        if grammar is None:
            inner: tuple[Field, ...] = (self.raw(data, at, abbrev="tls.handshake.extension.data"),) if data else ()
            value["data"] = data
        else:
            before = self.broken
            inner, opened = self.body(self.trace(grammar, data, "", {}), at, len(data))
            self.broken = before  # a broken extension is known as bytes; the message around it is not broken
            if opened is not None and quic and build_parameters(opened) != data:
                opened = None  # RFC 9000 16: numbers may take more bytes than they need
            value |= opened if opened is not None else {"data": data}
        return Field("extension", start, self.base + end, None, (*head, *inner), text=name, view=view), value

    def _parameters(self, node: Field, shift: int) -> tuple[tuple[Field, ...], list[Any]]:
        """QUIC's transport parameters: the value of each is opened where a grammar knows it."""
        fields, values = [], []
        for item in node.children:
            self.room -= 5
            if self.room < 0:
                fields.append(self._more(item, node, shift))
                self.broken = True
                break
            if len(item.children) < 2 or item.children[1].end + item.children[1].value > item.end:
                continue  # cut: reported as left over
            field, value = self._parameter(item, shift)
            fields.append(field)
            values.append(value)
        return tuple(fields), values

    def _parameter(self, item: Field, shift: int) -> tuple[Field, Value]:
        kind, length = (self._leaf(child, *self._place(child, shift)) for child in item.children[:2])
        start, end = self._place(item, shift)
        at = shift + item.children[1].end
        data = self.data[at : at + item.children[1].value]
        self.parameters += 1
        grammar = parameter_grammar(kind.value, data) if self.parameters <= MAX_PARAMETERS else None
        value: Value = {"parameter_type": kind.value, "parameter_length": len(data)}
        inner: tuple[Field, ...] = ()
        opened: Value | None = {"parameter_value": data}
        if grammar is not None:
            before = self.broken
            inner, opened = self.body(self.trace(grammar, data, "", {}), at, len(data))
            self.broken = before
        value |= opened if opened is not None else {"parameter_value": data}
        whole = Field("value", length.end, end, data, inner, filter_name("parameter_value"), view=self.view)
        name = parameter_name(kind.value)
        return Field("parameter", start, end, None, (kind, length, whole), filter_name("parameter"), name, view=self.view), value

    def _place(self, node: Field, shift: int) -> tuple[int, int]:
        return self.base + shift + node.start, self.base + shift + node.end


def _unfiltered(node: Field) -> Field:
    """An item of a list: structure only."""
    return Field(node.name, node.start, node.end, node.value, node.children, "", node.text, node.error, node.view)


def build_handshake(value: Mapping[str, Any], agreed: Agreed) -> bytes:
    """The bytes of a handshake message from its value, lengths made right. Raises `ConstructError` where a part does not fit its layout."""
    kind = value["type"]
    if "data" in value:
        body = bytes(value["data"])
    else:
        carrier: Carrier = "retry" if kind == 2 and value.get("random") == RETRY_RANDOM else _CARRIERS.get(kind, "client")
        body = _build_body(kind, _flat(value, carrier), agreed)
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def _build_body(kind: int, value: Value, agreed: Agreed) -> bytes:
    start = b"\x7f" + bytes((value.get("version", 0) & 0xFF,)) if value.get("version", 0) >> 8 == 0x7F else b""
    failure: Exception = ConstructError(f"a handshake message of type {kind} has no layout")
    for grammar in body_grammars(kind, start, agreed):
        try:
            return bytes(grammar.build(value))
        except KeyError as error:  # the layout without extensions comes next
            failure = error
    raise failure


def _flat(value: Any, carrier: Carrier) -> Any:
    """The value with all extensions as bytes."""
    if isinstance(value, Mapping):
        return {
            name: [_flat_extension(item, carrier) for item in part] if name == "extensions" else _flat(part, carrier)
            for name, part in value.items()
        }
    return [_flat(part, carrier) for part in value] if isinstance(value, list) else value


def _flat_extension(value: Mapping[str, Any], carrier: Carrier) -> Value:
    kind = value["type"]
    data = value.get("data")
    if data is None and kind in QUIC_EXTENSIONS:
        data = build_parameters(value)
    elif data is None:
        grammar = extension_grammar(kind, carrier)
        if grammar is None:
            raise ConstructError(f"extension {kind} has no layout in this message")
        data = grammar.build(value)
    return {"type": kind, "data": bytes(data)}
