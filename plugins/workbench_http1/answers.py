"""What a response says, whichever server says it: how answers of servers are compared.

Header fields, phrases and the pages of errors are each server's own. What counts is whether it took the request for a valid one, the class
of its status, and how much content a successful answer has: the length of what was echoed tells where a server saw the body end.
"""

from workbench.api import Answer, Message

__all__ = ["REFUSALS", "answer"]

REFUSALS = frozenset({400, 408, 411, 413, 414, 415, 417, 421, 426, 431, 501, 505})
"""Statuses by which a server says that it cannot or will not understand the message as such (RFC 9110 15.5, 15.6, RFC 6585 5); others,
404 and 405 among them, answer what was asked."""


def answer(message: Message) -> Answer | None:
    """The meaning of one response; None for an interim one (RFC 9110 15.2), which a server may send or not."""
    if message.label == "interim" or not isinstance(message.value, dict):
        return None
    code = int(message.value["code"])
    refused = code in REFUSALS
    facts = {"length of the content": _length(message.value)} if 200 <= code < 300 and code != 206 else {}
    return Answer("refused" if refused else f"{code // 100}xx", not refused, facts)


def _length(value: dict[str, object]) -> int:
    """Bytes of the content, however it was framed."""
    chunks = value.get("chunks")
    if isinstance(chunks, list):
        return sum(len(chunk["data"]) for chunk in chunks)
    body = value.get("body", b"")
    return len(body) if isinstance(body, bytes) else 0
