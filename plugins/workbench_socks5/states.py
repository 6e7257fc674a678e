"""What may be said when (RFC 1928 sections 3 to 6, RFC 1929, RFC 1961, SOCKS4). Labels come from `presentation.label_of`."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["INITIAL", "STATES"]

INITIAL = "start"

_TOKENS = ("gssapi authentication", "gssapi protection", "gssapi encapsulated")

STATES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("start", "greeting"): "greeted",
        ("greeted", "no authentication"): "ready",
        ("greeted", "password wanted"): "authenticating",
        ("greeted", "gssapi wanted"): "gssapi",
        ("greeted", "other method"): "private",
        ("greeted", "no method"): "over",
        ("authenticating", "password"): "judging",
        ("judging", "accepted"): "ready",
        ("judging", "denied"): "over",
        **{("gssapi", token): "gssapi" for token in _TOKENS},
        ("gssapi", "gssapi abort"): "over",
        **{(state, "connect"): "connecting" for state in ("ready", "gssapi")},
        **{(state, "bind"): "binding" for state in ("ready", "gssapi")},
        **{(state, "associate"): "associating" for state in ("ready", "gssapi")},
        ("ready", "command"): "asking",
        ("start", "connect 4"): "connecting",
        ("start", "bind 4"): "binding",
        ("start", "associate 4"): "asking",
        ("start", "command 4"): "asking",
        ("connecting", "granted"): "tunnel",
        ("binding", "granted"): "listening",
        ("listening", "granted"): "tunnel",
        ("associating", "granted"): "associated",
        **{(state, "refused"): "over" for state in ("connecting", "binding", "listening", "associating", "asking")},
        # answers to what was broken, and so never had a label
        ("start", "no method"): "over",
        ("start", "refused"): "over",
        ("ready", "refused"): "over",
        ("authenticating", "denied"): "over",
    }
)
"""{(state, label): next state}. In `tunnel` the connection speaks another protocol; `associated` lasts as long as the connection."""
