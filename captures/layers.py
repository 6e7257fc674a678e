"""The field tree of one packet: what it is, then one branch per header, with places in the packet's bytes and Wireshark's names."""

from collections.abc import Callable, Sequence

from captures import link_fields, network_fields, transport_fields
from captures.cursor import Layer
from captures.peel import Peeled, peel
from captures.times import epoch_text
from workbench.api import Field, Packet, Transport

__all__ = ["branches", "layers"]

_TITLES = {
    "cfp": "Cisco FabricPath",
    "data": "Data",
    "fragment": "Fragment of an IP packet",
    "gre": "Generic Routing Encapsulation",
    "erspan": "Encapsulated Remote Switch Packet ANalysis",
    "vxlan": "Virtual eXtensible Local Area Network",
    "geneve": "Generic Network Virtualization Encapsulation",
    "gtp": "GPRS Tunneling Protocol",
    "teredo": "Teredo IPv6 over UDP tunneling",
    "mpls": "MultiProtocol Label Switching Header",
    "pppoes": "PPP-over-Ethernet Session",
    "pppoed": "PPP-over-Ethernet Discovery",
    "ah": "Authentication Header",
    "fddi": "Fiber Distributed Data Interface",
    "wlan": "IEEE 802.11",
    "radiotap": "Radiotap Header",
    "nflog": "Linux Netfilter NFLOG",
    "chdlc": "Cisco HDLC",
    "nsh": "Network Service Header",
}
_TRANSPORTS = ("tcp", "udp")

_Builder = Callable[[bytes, Layer, bool], Field]


def _without_checksums(build: Callable[[bytes, Layer], Field]) -> _Builder:
    return lambda data, layer, verify_checksums: build(data, layer)  # noqa: ARG005


_BUILDERS: dict[str, _Builder] = {
    **{kind: _without_checksums(build) for kind, build in {**link_fields.FIELDS, **network_fields.FIELDS}.items()},
    **network_fields.CHECKED_FIELDS,
    **transport_fields.CHECKED_FIELDS,
}


def layers(packet: Packet, *, verify_checksums: bool = False, streams: Sequence[tuple[Transport, int]] = ()) -> tuple[Field, ...]:
    """Branches of a packet, outermost first; offsets count in `packet.data`.

    `verify_checksums` judges the checksums that the captured bytes allow to judge; one that a network card was to fill in is said so and
    is no error. `streams` are the numbers to show for the packet's TCP and UDP headers, in order (`Capture.streams_of`). A fragment
    stays one, even where the index could complete its datagram. Never raises.
    """
    found = peel(packet.data, packet.original_length, packet.link_type).layers
    numbers = list(streams)
    branches: list[Field] = []
    for layer in found:
        field = _branch(packet.data, layer, verify_checksums)
        if layer.ports is not None and numbers:
            transport, number = numbers.pop(0)
            field = _with(
                field, Field("Stream index", field.start, field.start, number, abbrev=f"{transport}.stream", generated=True)
            )
        branches.append(field)
    rest = _rest(packet, found)
    return (_frame(packet, found), *branches, *rest)


def branches(peeled: Peeled) -> tuple[Field, ...]:
    """One branch for each of the headers that were peeled, those inside a datagram that the packet completed included; offsets of each
    count in the buffer of its layer."""
    return tuple(_branch(peeled.buffers[layer.buffer], layer, verify_checksums=False) for layer in peeled.layers)


def _branch(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    build = _BUILDERS.get(layer.kind)
    if build is not None:
        # what lies behind a header that its packet cuts short (padding, mostly) is none of its fields
        return build(data[: layer.payload] if layer.broken else data, layer, verify_checksums)
    start, end = min(layer.start, len(data)), min(layer.payload, len(data))
    value = data[start:end] if layer.kind in ("data", "fragment") else None
    abbrev = "data.data" if layer.kind in ("data", "fragment") else layer.kind
    return Field(_TITLES.get(layer.kind, layer.kind.upper()), start, end, value, abbrev=abbrev, error=layer.broken)


def _with(field: Field, child: Field) -> Field:
    return Field(field.name, field.start, field.end, field.value, (*field.children, child), field.abbrev, field.text, field.error)


def _rest(packet: Packet, found: Sequence[Layer]) -> tuple[Field, ...]:
    """What follows the last header: its payload, and what the link layer added behind the network packet."""
    size = len(packet.data)
    if not found or found[-1].broken:
        return ()
    last = found[-1]
    end = min(last.end, size)
    fields = []
    if last.payload < end and last.kind not in ("data", "fragment"):
        abbrev = f"{last.kind}.payload" if last.kind in _TRANSPORTS else "data.data"
        value = packet.data[last.payload : min(end, last.payload + transport_fields.SHOWN_PAYLOAD)]
        fields.append(Field("Payload", last.payload, end, value, abbrev=abbrev, text=f"{end - last.payload} bytes"))
    behind = max(last.payload, end)
    if behind < size:
        text = f"{size - behind} bytes"
        fields.append(Field("Padding or trailer", behind, size, packet.data[behind:], abbrev="eth.trailer", text=text))
    return tuple(fields)


def _frame(packet: Packet, found: Sequence[Layer]) -> Field:
    """What the capture file says about the packet: nothing of it stands in the packet's bytes."""

    def fact(name: str, abbrev: str, value: object, text: str = "") -> Field:
        return Field(name, 0, 0, value, abbrev=abbrev, text=text, generated=True)

    children = [
        fact("Frame Number", "frame.number", packet.number),
        fact("Epoch Time", "frame.time_epoch", epoch_text(packet.time_ns)),
        fact("Frame Length", "frame.len", packet.original_length, f"{packet.original_length} bytes"),
        fact("Capture Length", "frame.cap_len", len(packet.data), f"{len(packet.data)} bytes"),
        fact("Interface id", "frame.interface_id", packet.interface),
        fact("Protocols in frame", "frame.protocols", ":".join(layer.kind for layer in found)),
    ]
    children += [fact("Comment", "frame.comment", comment) for comment in packet.comments]
    text = f"{packet.original_length} bytes on wire, {len(packet.data)} captured"
    return Field(f"Frame {packet.number}", 0, len(packet.data), None, tuple(children), "frame", text)
