"""What the hellos agree on."""

from support.tls import CLIENT, SERVER, client_hello, extension, read, server_hello
from workbench.api import NO_SECRETS
from workbench_tls.handshake import RETRY_RANDOM
from workbench_tls.session import Session

ALPN = extension(16, b"\0\x0c\x02h2\x08http/1.1")
NEW = extension(43, b"\2\3\4")
EARLY = extension(42, b"")


def learnt(*steps):
    session = Session(NO_SECRETS)
    for direction, message in steps:
        session.learn(direction, read(message))
    return session


def test_tls_1_2_is_agreed_in_the_server_hello():
    session = learnt((CLIENT, client_hello(ALPN)), (SERVER, server_hello(extension(16, b"\0\3\2h2"), extension(22, b""))))
    assert (session.version, session.suite, session.protocol) == (0x0303, 0xC02B, "h2")
    assert session.encrypt_then_mac
    assert not session.protects(CLIENT, 22)
    session.change_cipher_spec(CLIENT)
    assert session.protects(CLIENT, 22)
    assert not session.protects(SERVER, 22)


def test_tls_1_3_protects_what_says_application_data():
    """RFC 8446 5.2."""
    session = learnt((CLIENT, client_hello(NEW)), (SERVER, server_hello(extension(43, b"\3\4"), suite=0x1301)))
    assert session.agreed.tls13
    assert session.facts == {"alpn": "", "sni": "", "version": "TLS 1.3"}
    session.change_cipher_spec(CLIENT)
    assert [session.protects(CLIENT, kind) for kind in (20, 21, 22, 23)] == [False, False, False, True]


def test_drafts_count_as_tls_1_3():
    session = learnt((SERVER, server_hello(extension(43, b"\x7f\x1c"), suite=0x1301)))
    assert session.agreed.tls13
    assert session.facts["version"] == "TLS 1.3 (draft 28)"


def test_early_data_belongs_to_the_first_protocol_offered():
    """RFC 8446 4.2.10: a server that accepts it has chosen the protocol of the first connection."""
    session = learnt((CLIENT, client_hello(ALPN, NEW, EARLY)))
    assert session.protocol == "h2"
    assert session.protects(CLIENT, 23)
    assert session.disguises


def test_a_retry_ends_early_data():
    """RFC 8446 4.1.2: the second ClientHello is in the clear."""
    retry = server_hello(extension(43, b"\3\4"), random=RETRY_RANDOM, suite=0x1301)
    session = learnt((CLIENT, client_hello(NEW, EARLY)), (SERVER, retry))
    assert not session.protects(CLIENT, 22)
    assert not session.locks[SERVER].closed


def test_change_cipher_spec_before_the_answer_means_nothing():
    """RFC 8446 D.4: clients that offer TLS 1.3 send it for middleboxes."""
    session = learnt((CLIENT, client_hello(NEW)))
    session.change_cipher_spec(CLIENT)
    assert not session.protects(CLIENT, 22)


def test_broken_hellos_teach_nothing():
    broken = client_hello(ALPN)[:-2]
    session = learnt((CLIENT, broken[:1] + (len(broken) - 4).to_bytes(3, "big") + broken[4:]))
    assert session.client_random == b""
