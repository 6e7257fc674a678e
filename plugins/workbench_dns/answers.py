"""What a response says, whichever server says it: how answers of servers are compared.

What is in the records is a matter of zones, caches and clocks. What counts is the code and how many answers there are, and whether the
server took the question for a valid one.
"""

from workbench.api import Answer, Message

__all__ = ["REFUSALS", "answer"]

REFUSALS = frozenset({"formerr", "notimp", "badvers", "dsotypeni"})
"""Codes by which a server says that it cannot or will not understand the message as such (RFC 1035 4.1.1, RFC 6891 9, RFC 8490 10.6)."""


def answer(message: Message) -> Answer:
    """The meaning of one response."""
    count = message.root.find("dns.count.answers")
    facts = {"answers": count.value} if count is not None and message.label == "noerror" else {}
    return Answer(message.label, message.label not in REFUSALS, facts)
