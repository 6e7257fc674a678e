"""Why a parse failed, in one sentence for a person. construct's own messages name its classes and a path; ours name what is wrong."""

import re
import struct

from construct import ConstError, ConstructError, SelectError, StreamError, StringError, TerminatedError

__all__ = ["LONGEST_SENTENCE", "explain"]

LONGEST_SENTENCE = 200
"""Characters of an explanation: construct quotes whole values in its messages, and a value may be a megabyte."""

_SHORT = re.compile(r"expected (\d+), found (\d+)")
_TOO_LONG = re.compile(r"stream.read\(\) failed, requested (\d+) bytes")
_CONSTANT = re.compile(r"parsing expected (.*) but parsed (.*)", re.DOTALL)
_ENCODING = re.compile(r"cannot use encoding '([^']*)'")


def explain(error: BaseException, unit: str = "byte") -> str:
    """One sentence about an exception out of a parse; `unit` is what the stream was counted in."""
    sentence = _sentence(error, unit)
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1] + "…"


def _sentence(error: BaseException, unit: str) -> str:
    text = str(error)
    if isinstance(error, ConstructError):
        text = text.split("\n", 1)[1] if text.startswith("Error in path ") and "\n" in text else text
        return _of_construct(error, text, unit)
    if isinstance(error, struct.error | ArithmeticError | LookupError | AttributeError | TypeError | ValueError):
        return f"it cannot be computed ({type(error).__name__}: {text})"
    return text or type(error).__name__


def _of_construct(error: ConstructError, text: str, unit: str) -> str:
    if isinstance(error, StreamError) and (short := _SHORT.search(text)):
        return _too_short(int(short[1]), int(short[2]), unit)
    if isinstance(error, StreamError) and (too_long := _TOO_LONG.search(text)):
        return f"it needs {too_long[1]} {unit}s, more than can be"
    if isinstance(error, ConstError) and (constant := _CONSTANT.match(text)):
        return f"it is {constant[2]}, and must be {constant[1]}"
    if isinstance(error, StringError) and (encoding := _ENCODING.search(text)):
        return f"it is not valid {encoding[1]} text"
    if isinstance(error, TerminatedError):
        return "more bytes follow where the message must end"
    if isinstance(error, SelectError):
        return "none of its possible forms fits"
    return text.strip() or type(error).__name__


def _too_short(needed: int, left: int, unit: str) -> str:
    needs = f"{needed} {unit}" + ("s" if needed != 1 else "")
    return f"it needs {needs}, only {left} {'is' if left == 1 else 'are'} left" if left else f"it needs {needs}, none are left"
