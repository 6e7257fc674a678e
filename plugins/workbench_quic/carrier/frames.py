"""Between aioquic's events and the frames of `workbench.api.carried`, both ways."""

from collections.abc import Callable

from aioquic.quic import events

from workbench.api import CarriedFrame, ConnectionClosed, Datagram, StopSending, StreamData, StreamReset
from workbench_quic.carrier.core import Core

__all__ = ["MOST_DATAGRAMS", "frame_of", "say"]

MOST_DATAGRAMS = 64
"""Datagrams that wait to be sent; more are dropped, as a network does that is too slow."""


def frame_of(event: events.QuicEvent) -> CarriedFrame | None:
    """The frame that tells an application what happened; None where that is none of its business."""
    match event:
        case events.StreamDataReceived():
            return StreamData(event.stream_id, event.data, event.end_stream)
        case events.StreamReset():
            return StreamReset(event.stream_id, event.error_code)
        case events.StopSendingReceived():
            return StopSending(event.stream_id, event.error_code)
        case events.DatagramFrameReceived():
            return Datagram(event.data)
    return None


def say(core: Core, frame: CarriedFrame, close: Callable[[ConnectionClosed], None]) -> None:
    """Do what a frame of our application says; `close` gets its last word.

    What the peer does not want any more (a stream that it stopped) is dropped. Raises `ValueError` for what never can be: data on the
    peer's own streams.
    """
    match frame:
        case StreamData():
            if core.takes_data(frame.stream):
                core.send_stream_data(frame.stream, frame.data, frame.end)
        case StreamReset():
            if core.takes_reset(frame.stream):
                core.reset_stream(frame.stream, frame.code)
        case StopSending():
            if core.gives_data(frame.stream):
                core.stop_stream(frame.stream, frame.code)
        case Datagram():
            if core.takes_datagram(len(frame.data)) and core.waiting_datagrams < MOST_DATAGRAMS:
                core.send_datagram_frame(frame.data)
        case ConnectionClosed():
            close(frame)
