"""What RFC 9114, 9204, 9110, 9220, 9297 and 9298 demand of a server, as cases for `workbench check http3`, from the RFCs' sentences.

Options of a target: `path` of a page with at least 20 bytes (default `/`), `upload` that takes POST (default: `path`), `authority`
(default: host and port), `websocket` (default `/ws`), `udp` (default `/.well-known/masque/udp/localhost/7/`).
"""

from workbench.api import Check
from workbench_http3.checks import abuse, compression, connecting, fields, framing, requests, responses, settings, streams

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = tuple(
    check
    for theme in (streams, settings, framing, requests, fields, compression, responses, connecting, abuse)
    for check in theme.CHECKS
)
