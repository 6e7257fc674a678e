"""Filter names and names of numbers."""

from workbench_tls.vocabulary import ELEMENTS, STRINGS, extension_name, filter_name, number_name, suite_name


def test_filter_names_are_wiresharks():
    assert filter_name("random") == "tls.handshake.random"
    assert filter_name("psk_identity") == "tls.handshake.extensions.psk.identity.identity"
    assert filter_name("supported_version") == "tls.handshake.extensions.supported_version"
    assert filter_name("sct_logid") == "tls.sct.sct_logid"


def test_elements_of_lists_have_a_name_of_their_own():
    assert filter_name(ELEMENTS["ciphersuites"]) == "tls.handshake.ciphersuite"
    assert "extensions_server_name" in STRINGS


def test_numbers_that_mean_something_have_a_name():
    assert number_name("ciphersuite", 0x1301) == suite_name(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert number_name("extensions_supported_group", 0x2A2A) == "GREASE"
    assert number_name("session_id_length", 32) == ""
    assert extension_name(0xABCD) == ""
