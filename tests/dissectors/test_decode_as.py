"""What the user pins."""

import pytest

from dissectors.decode_as import DecodeAs, find_spec, parse_decode_as
from workbench.api import Endpoint, FlowKey, ProtocolSpec, UsageError

SPECS = (
    ProtocolSpec(name="http1", title="HTTP", prefix="http"),
    ProtocolSpec(name="dns", title="DNS", transport="udp"),
    ProtocolSpec(name="http", title="Another that is really called so"),
)


def _flow(client: int, server: int, transport: str = "tcp") -> FlowKey:
    return FlowKey("udp" if transport == "udp" else "tcp", Endpoint("a", client), Endpoint("b", server))


def test_rules():
    assert parse_decode_as("tcp.port==8080,http1", SPECS) == DecodeAs("tcp", 8080, 8080, "http1")
    assert parse_decode_as(" udp.port == 5000 - 5010 , DNS ", SPECS) == DecodeAs("udp", 5000, 5010, "dns")


def test_our_name_comes_before_wiresharks():
    assert find_spec("http", SPECS).name == "http"
    assert find_spec("http", SPECS[:2]).name == "http1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("8080,http1", "is not a rule. Write it like"),
        ("tcp.port==0,http1", "names no ports between 1 and 65535"),
        ("tcp.port==9-8,http1", "names no ports between 1 and 65535"),
        ("tcp.port==70000,http1", "names no ports between 1 and 65535"),
        ("tcp.port==80,htttp1", "there is no protocol named 'htttp1'. Did you mean http1?"),
        ("tcp.port==80,zzz", "Known protocols: dns, http, http1"),
        ("tcp.port==53,dns", "dns runs over udp, not tcp. Write udp.port==53"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str):
    with pytest.raises(UsageError) as caught:
        parse_decode_as(text, SPECS)
    assert words in str(caught.value)


def test_a_rule_covers_either_port():
    rule = DecodeAs("tcp", 100, 200, "x")
    assert rule.covers(_flow(5, 100))
    assert rule.covers(_flow(200, 5))
    assert not rule.covers(_flow(99, 201))
    assert not rule.covers(_flow(5, 150, "udp"))
