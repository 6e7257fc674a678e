"""The grammar builds without conflicts, once, and knows every word that other modules speak of."""

import pytest
from lark import Lark

from dissectors.filter_grammar import FUNCTIONS, GRAMMAR, QUANTIFIERS, SIGNS, parser


def test_it_is_built_once():
    assert parser() is parser()


def test_it_is_lalr():
    assert Lark(GRAMMAR, parser="lalr", lexer="basic").parse("tcp").data == "start"


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_compares(sign):
    assert parser().parse(f"a {sign} b").children[0].children[0].data == "compared"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_words_where_nothing_is_called(function):
    assert parser().parse(f"{function}(a)").children[0].children[0].data == "called"
    assert parser().parse(function).children[0].children[0].type == "WORD"


@pytest.mark.parametrize("quantifier", QUANTIFIERS)
def test_quantifiers_stand_before_comparisons(quantifier):
    assert parser().parse(f"{quantifier} a > b").children[0].children[0].children[0].type == "QUANTIFIER"
