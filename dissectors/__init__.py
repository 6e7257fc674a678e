"""Streams become messages: byte-ranged field trees from any grammar, detection, hand-offs. Filters are in `dissectors.filters`."""

from dissectors.decode_as import DecodeAs, find_spec, parse_decode_as
from dissectors.engine import Dissector, converse, dissect
from dissectors.grammar import GrammarDecoder
from dissectors.paths import flatten, innermost, message_object
from dissectors.text import message_lines, safe
from dissectors.tracing import trace

__all__ = [
    "DecodeAs",
    "Dissector",
    "GrammarDecoder",
    "converse",
    "dissect",
    "find_spec",
    "flatten",
    "innermost",
    "message_lines",
    "message_object",
    "parse_decode_as",
    "safe",
    "trace",
]
