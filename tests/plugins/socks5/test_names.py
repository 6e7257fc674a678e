from workbench_socks5.names import COMMANDS, REPLIES, REPLIES4, REPLY_TEXTS


def test_every_reply_code_has_a_text():
    assert set(REPLIES.values()) == set(range(9))  # RFC 1928 section 6
    assert REPLY_TEXTS.keys() == set(REPLIES.values()) | set(REPLIES4.values())


def test_commands():
    assert COMMANDS == {"connect": 1, "bind": 2, "associate": 3}  # RFC 1928 section 4
