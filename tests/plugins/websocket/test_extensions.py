import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_websocket.extensions import Deflate, Extension, deflate_of, parse_extensions, split_list

OFFER, ANSWER = False, True


def deflate(text, response=ANSWER):
    (extension,) = parse_extensions(text)
    return deflate_of(extension, response=response)


def test_a_list_with_parameters_quotes_and_spaces():
    found = parse_extensions(' permessage-deflate ; client_max_window_bits; server_max_window_bits = "10" , x-a;b="c,d \\" e"')
    assert found == [
        Extension("permessage-deflate", (("client_max_window_bits", None), ("server_max_window_bits", "10"))),
        Extension("x-a", (("b", 'c,d " e'),)),
    ]
    assert str(found[0]) == "permessage-deflate; client_max_window_bits; server_max_window_bits=10"


@pytest.mark.parametrize("text", ["permessage-deflate; =1", "a b", "a;", "a; b=", 'a; b="c', "a; b==c", ";a"])
def test_what_breaks_the_grammar(text):
    assert parse_extensions(text) is None


@given(st.text(max_size=60))
def test_nothing_raises(text):
    for extension in parse_extensions(text) or ():
        deflate_of(extension, response=True)
    split_list(text)


def test_nothing_said():
    assert parse_extensions("") == []
    assert deflate("permessage-deflate") == Deflate()


def test_all_that_can_be_agreed_on():
    text = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8"
    assert deflate(text) == Deflate(False, False, 9, 8)


@pytest.mark.parametrize(
    "parameters",
    [
        "unknown",
        "server_no_context_takeover=1",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "client_max_window_bits=x",
    ],
)
@pytest.mark.parametrize("response", [OFFER, ANSWER])
def test_parameters_that_are_illegal(parameters, response):
    assert isinstance(deflate(f"permessage-deflate; {parameters}", response), str)


def test_bare_client_window_bits_are_for_offers_only():
    assert deflate("permessage-deflate; client_max_window_bits", OFFER) == Deflate()
    assert isinstance(deflate("permessage-deflate; client_max_window_bits", ANSWER), str)
