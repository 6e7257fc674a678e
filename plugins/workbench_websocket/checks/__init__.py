"""Conformance checks for WebSocket servers that echo, from RFC 6455 and RFC 7692. What clients owe is not here."""

from workbench_websocket.checks import closing, compression, control, fragments, framing, opening, sizes, texts

__all__ = ["CHECKS"]

CHECKS = (
    *opening.CHECKS,
    *sizes.CHECKS,
    *framing.CHECKS,
    *control.CHECKS,
    *fragments.CHECKS,
    *texts.CHECKS,
    *closing.CHECKS,
    *compression.CHECKS,
)
