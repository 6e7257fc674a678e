"""The public door: everything a protocol plugin may use. Depends on the standard library and construct only."""

from workbench.api.constructs import Crc, Framed, QuicVarint
from workbench.api.errors import CaptureError, FrameError, PluginError, TargetError, UsageError, WorkbenchError
from workbench.api.framing import MAX_FRAME, Framer, datagram, delimited, length_prefixed
from workbench.api.messages import UNDECODED, Field, Handoff, Message, Note, Severity, View
from workbench.api.packets import Chunk, Direction, Endpoint, FlowKey, Packet, Transport
from workbench.api.protocol import (
    Confidence,
    Decoder,
    DecoderFactory,
    FlowContext,
    Hints,
    Limits,
    Memory,
    PerDirection,
    ProtocolSpec,
    Secret,
    Seed,
    Traced,
)
from workbench.api.servers import ServerConnection, ServerFactory, ServerOptions, Service, framed

__all__ = [
    "MAX_FRAME",
    "UNDECODED",
    "CaptureError",
    "Chunk",
    "Confidence",
    "Crc",
    "Decoder",
    "DecoderFactory",
    "Direction",
    "Endpoint",
    "Field",
    "FlowContext",
    "FlowKey",
    "FrameError",
    "Framed",
    "Framer",
    "Handoff",
    "Hints",
    "Limits",
    "Memory",
    "Message",
    "Note",
    "Packet",
    "PerDirection",
    "PluginError",
    "ProtocolSpec",
    "QuicVarint",
    "Secret",
    "Seed",
    "ServerConnection",
    "ServerFactory",
    "ServerOptions",
    "Service",
    "Severity",
    "TargetError",
    "Traced",
    "Transport",
    "UsageError",
    "View",
    "WorkbenchError",
    "datagram",
    "delimited",
    "framed",
    "length_prefixed",
]
