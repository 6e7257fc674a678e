"""Capture files and live traffic: packets as columns, headers as fields, streams as bytes."""

from captures.capture import Capture, open_capture
from captures.follow import Conversation, chunks_of_stream, follow
from captures.index import PacketIndex
from captures.layers import layers
from captures.pcap_writer import PcapWriter
from captures.pcapng_writer import PcapngWriter
from captures.stream_events import Delivered, Ended, Noticed, Stream, StreamEvent
from captures.streams import Streams

__all__ = [
    "Capture",
    "Conversation",
    "Delivered",
    "Ended",
    "Noticed",
    "PacketIndex",
    "PcapWriter",
    "PcapngWriter",
    "Stream",
    "StreamEvent",
    "Streams",
    "chunks_of_stream",
    "follow",
    "layers",
    "open_capture",
]
