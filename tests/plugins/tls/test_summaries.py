"""One line about a handshake message."""

from support.tls import NAME, certificate_der, client_hello, extension, handshake, read, server_hello
from workbench_tls.summaries import words_about


def test_hellos_say_what_people_ask_first():
    name = NAME.encode()
    sni = extension(0, (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name)
    alpn = extension(16, b"\0\x0c\x02h2\x08http/1.1")
    assert words_about(read(client_hello(sni, alpn))) == f"client_hello {NAME} h2/http/1.1"
    assert words_about(read(client_hello(sni, extension(42, b"")))) == f"client_hello {NAME} early_data"
    assert words_about(read(server_hello(extension(43, b"\3\4"), suite=0x1301))) == "server_hello TLS 1.3 TLS_AES_128_GCM_SHA256"


def test_certificates_say_whose():
    chain = certificate_der()
    entry = len(chain).to_bytes(3, "big") + chain
    said = words_about(read(handshake(11, len(entry).to_bytes(3, "big") + entry)))
    assert said == f"certificate O=Protocol Workbench, CN={NAME} (1)"
    assert words_about(read(handshake(11, b"\0\0\0"))) == "certificate (none)"


def test_what_is_broken_has_a_name_only():
    assert words_about(read(handshake(1, b"short"))) == "client_hello"
    assert words_about(read(handshake(99, b""))) == "type 99"


def test_names_from_the_wire_are_cut():
    name = b"a" * 500
    sni = extension(0, (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name)
    assert len(words_about(read(client_hello(sni)))) < 110
