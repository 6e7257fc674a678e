from dissectors.field_seeds import seen_names
from support.toy import TOY
from workbench.registry import load


def test_names_of_a_protocol_with_a_decoder_come_from_its_seeds_and_answers():
    specs = {spec.name: spec for spec in load().specs}
    names = seen_names(specs["http1"])
    assert {"http.request.method", "http.request.uri", "http.response.code"} <= names
    assert seen_names(specs["http1"]) is names


def test_a_grammar_has_its_own():
    assert {"toy.kind", "toy.number"} <= seen_names(TOY)


def test_a_server_that_breaks_costs_nothing_but_its_answers():
    def broken(*_):
        raise RuntimeError

    from dataclasses import replace

    assert "toy.kind" in seen_names(replace(TOY, server=broken))
