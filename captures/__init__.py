"""Capture files and live traffic: packets as columns, headers as fields, streams as bytes."""

from captures.capture import Capture, open_capture
from captures.index import PacketIndex

__all__ = ["Capture", "PacketIndex", "open_capture"]
