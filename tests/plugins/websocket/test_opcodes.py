import pytest

from workbench_websocket.opcodes import CLOSE_NAMES, NAMES, why_illegal


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
def test_codes_that_may_be_sent(code):
    assert why_illegal(code) == ""


@pytest.mark.parametrize("code", [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535])
def test_codes_that_may_not(code):
    assert why_illegal(code) != ""


def test_names():
    assert NAMES[8] == "close"
    assert CLOSE_NAMES[1009] == "Message too big"
