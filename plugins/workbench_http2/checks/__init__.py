"""What RFC 9113, 7541 and 8441 demand of a server, as cases for `workbench check http2`. Written from the RFCs' sentences, by theme.

Options of a target: `path` of a page with at least 20 bytes (default `/`), `upload` that takes POST (default: `path`), `authority`
(default: host and port), `websocket` (default `/ws`).
"""

from workbench.api import Check
from workbench_http2.checks import abuse, compression, connecting, fields, framing, settings, sizes, states, windows

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = tuple(
    check
    for theme in (framing, states, sizes, settings, windows, compression, fields, connecting, abuse)
    for check in theme.CHECKS
)
