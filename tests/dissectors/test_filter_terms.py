"""What lines ask; what they give for packets is tested with `filters`, and with tshark in tests/interop."""

import pytest

from dissectors.filters import parse_filter
from support.toy import TOY
from workbench.api import ProtocolSpec, UsageError

SPECS = (ProtocolSpec(name="http1", title="H", prefix="http"), TOY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp.strem==3", "tcp.strem==3\n^\nthere is nothing called tcp.strem to compare. Did you mean tcp.stream?"),
        ("tcp port==abc", "tcp port==abc\n          ^\nabc is not a number. Write a number or a range like 8000-8099"),
        (
            "ip==300.1.1.1",
            "ip==300.1.1.1\n    ^\n300.1.1.1 is neither an address nor a network. Write it like 10.0.0.1 or 10.0.0.0/8",
        ),
        ("port==", "port==\n      ^\nport needs a value. Write port==8080"),
        ("port", "port\n^\nport needs a value. Write port==8080"),
        ("tcp toy.kid==1", "tcp toy.kid==1\n        ^\nno field is called toy.kid. Did you mean toy.kind?"),
        ("toy.zzz", "toy.zzz\n    ^\nno field is called toy.zzz. Its fields are "),
        ("port matches 1", "port matches 1\n             ^\nmatches is for text and bytes, not for number fields"),
        ("toy.body in {}", "toy.body in {}\n             ^\ntoy.body needs a value. Write toy.body==0"),
        ('toy.body matches "("', 'toy.body matches "("\n                  ^\nthis is no regular expression'),
        (
            'toy.body matches "a{99999999999}"',
            'toy.body matches "a{99999999999}"\n                  ^\nthis is no regular expression',
        ),
        (f'toy.body matches "{"(" * 5000}"', 'toy.body matches "((('),
        (f"port=={'9' * 5000}", "port==999"),
        ("toy.body[x]==1", "toy.body[x]==1\n        ^\n[x] is no slice"),
        ("toy==1", "toy==1\n^\ntoy has no value to compare. Name one of its fields: toy.FIELD, or a slice: toy[0:4]"),
        ("ip.src == tcp.port", "ip.src == tcp.port\n       ^\naddress and number are of two kinds"),
        ("ip.addr == ::1", "ip.addr == ::1\n           ^\n::1 is an address of IPv6. Ask ipv6.addr"),
        ("ipv6.addr == 1.2.3.4", "ipv6.addr == 1.2.3.4\n             ^\n1.2.3.4 is an address of IPv4. Ask ip.addr"),
        ("toy.body matches toy.kind", "toy.body matches toy.kind\n                 ^\nmatches wants a regular expression"),
        ('"a" contains toy.body', '"a" contains toy.body\n^\ncontains asks what stands before it'),
        ("3 == 4", "3 == 4\n^\nthere is nothing called 3 to compare"),
        ("tcp.port in {udp.port}", "tcp.port in {udp.port}\n             ^\nudp.port is not a number"),
        ("tcp.port in {len(udp)}", "tcp.port in {len(udp)}\n             ^\na set holds values, not fields"),
        ("a\x1b=1", "a·=1\n^\nthere is nothing called a\\x1b to compare."),
    ],
)
def test_mistakes_have_a_caret(text, said):
    with pytest.raises(UsageError) as caught:
        parse_filter(text, SPECS)
    assert str(caught.value).startswith(said)


def test_what_python_warns_of_in_a_regular_expression_is_no_business_of_the_user():
    assert parse_filter('toy.body matches "[[a]"', SPECS).needs_messages  # warnings are errors here


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("80 == tcp.port", "80 == tcp.port"),
        ("tcp.port in {-3, 1..2}", "tcp.port in {-3, 1 .. 2}"),
        ("tcp.port in {0, -5..80}", "tcp.port in {0, -5 .. 80}"),
        ("tcp.port in {-5..-2}", "tcp.port in {-5 .. -2}"),
        ("tcp.port in {-5 .. -2}", "tcp.port in {-5 .. -2}"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("toy", "toy"),
    ],
)
def test_what_is_said_is_kept(text, form):
    assert parse_filter(text, SPECS).normal == form


def test_a_word_that_may_be_meant_otherwise_is_doubted():
    assert parse_filter("nosuch", SPECS).doubts == ("nosuch was looked for as text: it is no protocol and no field",)
    assert "http.nosuch" in parse_filter("http.nosuch == 1", SPECS).doubts[0]
    assert parse_filter("tcp.port == 1 toy", SPECS).doubts == ()
