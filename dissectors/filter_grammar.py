"""The grammar of filter lines, for lark's LALR parser. It knows how a line is put together; what words mean is asked later.

A word is anything without spaces and signs: whether `aa:bb` is bytes, `80..90` a range and `10.0.0.0/8` a network depends on the field
that it is compared with, as in Wireshark. Parentheses join terms or values, braces values only (`2 * {tcp.len + 1}`). Keywords are never
words: text that is one needs quotation marks.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["FUNCTIONS", "GRAMMAR", "QUANTIFIERS", "SIGNS", "parser"]

FUNCTIONS = ("len", "count", "lower", "upper", "max", "min", "abs", "string")
QUANTIFIERS = ("any", "all")

SIGNS = {
    "==": "==",
    "=": "==",
    "eq": "==",
    "any_eq": "==",
    "!=": "!=",
    "ne": "!=",
    "all_ne": "!=",
    "===": "===",
    "all_eq": "===",
    "!==": "~=",
    "~=": "~=",
    "any_ne": "~=",
    ">=": ">=",
    "ge": ">=",
    "<=": "<=",
    "le": "<=",
    ">": ">",
    "gt": ">",
    "<": "<",
    "lt": "<",
    "contains": "contains",
    "matches": "matches",
    "~": "matches",
}
"""Every spelling of a comparison, and the one it stands for. As in Wireshark 4, `!=` says that none is equal, `~=` that one is not."""

_AFTER = r"(?![^\s\"'(){}\[\],&|=<>!~])"  # a keyword is a whole word: "order" is no "or"

_INSIDE = r"[^\s\"(){}\[\],&|=<>!~+*%]"  # a word may hold - / : and '

GRAMMAR = rf"""
start: _either?

_either: both | some
some: both (_OR both)+
both: _one (_AND? _one)*
_one: negated | _test
negated: NOT _one

_test: _operand | compared | listed
compared: QUANTIFIER? _operand COMPARE _operand
listed: QUANTIFIER? _operand IN "{{" range (","? range)* "}}"
range: _operand (_TO _operand)?

_operand: masked | _total
masked: _operand AMPERSAND _total
_total: sum | _product
sum: _total (PLUS | MINUS) _product
_product: product | _signed
product: _product (STAR | SLASH | PERCENT) _signed
_signed: negative | _atom
negative: MINUS _signed

_atom: WORD | STRING | RAW | CHARACTER | sliced | called | group
sliced: _atom SLICE
called: FUNCTION "(" _operand ("," _operand)* ")"
group: "(" _either ")" | "{{" _operand "}}"

NOT.5: /not{_AFTER}|!(?![=])/
_AND.5: /and{_AFTER}|&&/
_OR.5: /or{_AFTER}|\|\|/
IN.5: /in{_AFTER}/
QUANTIFIER.5: /(any|all){_AFTER}/
FUNCTION.5: /({"|".join(FUNCTIONS)})(?=\s*\()/
COMPARE.4: /(contains|matches|any_eq|all_eq|any_ne|all_ne|eq|ne|ge|gt|le|lt){_AFTER}|===|!==|==|!=|~=|>=|<=|=|>|<|~/
RAW.4: /r"[^"]*"/
STRING.4: /"(?:[^"\\]|\\.)*"/s
CHARACTER.4: /'(?:[^'\\]|\\.)*'/s
SLICE: /\[[^\[\]"]*\]/
_TO.3: ".."
AMPERSAND: "&"
PLUS: "+"
MINUS: "-"
STAR: "*"
SLASH.3: /\/(?!{_INSIDE})/
PERCENT: "%"
WORD: /(?:[^\s"'(){{}}\[\],&|=<>!~+*%\-\/]|\/(?={_INSIDE})){_INSIDE}*/
%ignore /\s+/
"""


@lru_cache(maxsize=1)
def parser() -> "Lark":
    """The parser, built when the first filter is read: that takes longer than everything else about one."""
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", lexer="basic", propagate_positions=False, maybe_placeholders=False)
