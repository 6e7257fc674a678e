import re

from workbench_websocket.page import PAGE


def test_the_page_talks_to_the_echo_and_loads_nothing():
    text = PAGE.decode()
    assert '"/echo"' in text
    assert not re.search(r"(src|href)=", text)
