"""JA3, JA3S and JA4."""

from hashlib import md5

from support.tls import client_hello, extension, read, server_hello
from workbench_tls.fingerprints import ja3_full, ja3s_full, ja4
from workbench_tls.seeds import SEEDS

GROUPS = extension(10, bytes.fromhex("00062a2a001d0017"))
FORMATS = extension(11, b"\1\0")
ALPN = extension(16, b"\0\x0c\x02h2\x08http/1.1")
SCHEMES = extension(13, bytes.fromhex("000404030804"))
VERSIONS = extension(43, bytes.fromhex("041a1a0304"))


def test_ja3_lists_numbers_without_grease():
    hello = read(client_hello(extension(0x2A2A, b""), GROUPS, FORMATS, suites=bytes.fromhex("0a0a1301c02b")))
    assert ja3_full(hello.value) == "771,4865-49195,10-11,29-23,0"
    assert hello.field.find("tls.handshake.ja3").value == md5(b"771,4865-49195,10-11,29-23,0").hexdigest()


def test_ja3s():
    hello = read(server_hello(extension(65281, b"\0"), extension(11, b"\1\0")))
    assert ja3s_full(hello.value) == "771,49195,65281-11"


def test_ja4_of_a_browser():
    """The parts of the published fingerprint of Chrome that do not change with its extensions: TLS 1.3, 15 suites, h2."""
    chromium = next(seed for seed in SEEDS if seed.name == "Chromium").messages[0]
    mark = ja4(read(chromium[5:]).value)
    assert mark.startswith("t13d15")
    assert mark.split("_")[0].endswith("h2")
    assert mark.split("_")[1] == "8daaf6152771"


def test_ja4_counts_sorts_and_hashes():
    hello = read(client_hello(ALPN, GROUPS, SCHEMES, VERSIONS)).value
    head, suites, rest = ja4(hello).split("_")
    assert head == "t13i0204h2"
    assert (len(suites), len(rest)) == (12, 12)
    assert ja4(hello, "q").startswith("q13")
    reordered = read(client_hello(VERSIONS, SCHEMES, GROUPS, ALPN)).value
    assert ja4(reordered) == ja4(hello)


def test_ja4_without_anything():
    assert ja4(read(client_hello(suites=b"")).value) == "t12i000000_000000000000_000000000000"
