from workbench.api import Answer


def test_servers_that_agree_give_equal_answers():
    assert Answer("2xx", True, {"length": 5}) == Answer("2xx", True, {"length": 5})
    assert Answer("2xx", True, {"length": 5}) != Answer("2xx", True, {"length": 6})
    assert Answer("2xx") != Answer("2xx", True)


def test_what_is_not_said_is_not_known():
    assert Answer("hello").accepts is None
    assert Answer("hello").facts == {}
