"""Epochs, cipher specs, and finding one's place again."""

import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workbench_tls.keys import next_secret, record_keys
from workbench_tls.limits import MAX_GUESSES, MAX_VAIN_GUESSES
from workbench_tls.locks import CLIENT_EPOCHS, SERVER_EPOCHS, CipherSpec, Lock
from workbench_tls.protection import Record
from workbench_tls.suites import suite_of

SUITE = suite_of(0x1301)
RANDOM = b"r" * 32


class Known(dict):
    def find(self, label, client_random):
        return self.get(label)


def secret(label):
    return hmac.digest(b"test", label.encode(), "sha256")


SECRETS = Known({label: secret(label) for label in (*CLIENT_EPOCHS, *SERVER_EPOCHS) if label})


def sealed(key, number, data=b"hello\x17"):
    key, iv = record_keys(key, SUITE)
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    return Record(23, 0x0303, AESGCM(key).encrypt(nonce, data, b"\x17\3\3" + (len(data) + 16).to_bytes(2, "big")))


def server_lock(secrets=SECRETS):
    lock = Lock(secrets, SERVER_EPOCHS)
    lock.begin_handshake(RANDOM, 0x1301)
    return lock


def test_each_epoch_counts_from_zero():
    lock = server_lock()
    assert lock.open(sealed(secret(SERVER_EPOCHS[1]), 0))
    assert lock.open(sealed(secret(SERVER_EPOCHS[1]), 1))
    lock.advance()
    assert lock.open(sealed(secret(SERVER_EPOCHS[2]), 0))
    assert lock.open(sealed(secret(SERVER_EPOCHS[2]), 0)) is None


def test_key_updates():
    """RFC 8446 7.2."""
    lock = server_lock()
    lock.advance()
    lock.open(sealed(secret(SERVER_EPOCHS[2]), 0))
    lock.update()
    following = next_secret(secret(SERVER_EPOCHS[2]), "sha256")
    assert lock.open(sealed(following, 0))
    assert lock.open(sealed(following, 1))


def test_accepted_early_data_ends_with_its_message():
    lock = Lock(SECRETS, CLIENT_EPOCHS)
    lock.begin_early(RANDOM, (0x1302, 0x1301))
    assert lock.open(sealed(secret(CLIENT_EPOCHS[0]), 0))
    lock.begin_handshake(RANDOM, 0x1301)
    assert lock.open(sealed(secret(CLIENT_EPOCHS[0]), 1))
    lock.advance()
    assert lock.open(sealed(secret(CLIENT_EPOCHS[1]), 0))


def test_refused_early_data_is_followed_by_the_handshake():
    """RFC 8446 4.2.10: nothing marks the end of what the server skips."""
    lock = Lock(SECRETS, CLIENT_EPOCHS)
    lock.begin_early(RANDOM, (0x1301,))
    for number in range(3):
        assert lock.open(sealed(secret(CLIENT_EPOCHS[0]), number))
    lock.begin_handshake(RANDOM, 0x1301)
    assert lock.open(sealed(secret(CLIENT_EPOCHS[1]), 0))
    lock.advance()
    assert lock.open(sealed(secret(CLIENT_EPOCHS[2]), 0))


def test_missed_records_are_jumped_over():
    lock = server_lock()
    lock.advance()
    key = secret(SERVER_EPOCHS[2])
    assert lock.open(sealed(key, 0))
    assert lock.open(sealed(key, 3)) is None
    lock.lost(4)
    assert lock.open(sealed(key, 5))
    lock.lost(MAX_GUESSES)
    assert lock.open(sealed(key, 6 + MAX_GUESSES + 9)) is None


def test_guessing_stops_where_it_was_in_vain_for_long():
    """The latest number is tried for ever: no loss is too long for a stream that goes on as it should."""
    lock = server_lock()
    lock.advance()
    key = secret(SERVER_EPOCHS[2])
    assert lock.open(sealed(key, 0))
    records = 0
    while lock.vain < MAX_VAIN_GUESSES:
        assert lock.open(Record(23, 0x0303, bytes(32))) is None
        records += 1
    assert records < 2 * MAX_VAIN_GUESSES // MAX_GUESSES
    for _ in range(100):
        assert lock.open(Record(23, 0x0303, bytes(32))) is None
    assert lock.vain <= MAX_VAIN_GUESSES + MAX_GUESSES + 2 * 100
    assert lock.open(sealed(key, records + 101))
    assert lock.vain == 0


def test_handshake_secrets_may_be_missing():
    """A key log with the application secrets only: the numbers of the first record are found by trying."""
    lock = server_lock(Known({SERVER_EPOCHS[2]: secret(SERVER_EPOCHS[2])}))
    for number in range(4):
        assert lock.open(sealed(secret(SERVER_EPOCHS[1]), number)) is None
    assert lock.open(sealed(secret(SERVER_EPOCHS[2]), 0))
    assert lock.open(sealed(secret(SERVER_EPOCHS[2]), 1))


def test_what_no_secret_is_known_for_stays_closed():
    lock = server_lock(Known())
    assert lock.open(sealed(secret(SERVER_EPOCHS[1]), 0)) is None
    assert not lock.known
    assert lock.missed == 1


def test_a_cipher_spec_without_its_parameters_stays_closed():
    """The capture began after the hellos."""
    lock = Lock(Known({"CLIENT_RANDOM": b"m" * 48}), CLIENT_EPOCHS)
    lock.begin_spec(CipherSpec(0, 0, b"", b"", encrypt_then_mac=False, client=True))
    assert lock.open(Record(23, 0x0303, bytes(64))) is None
    lock.begin_spec(CipherSpec(0x0300, 0x002F, RANDOM, RANDOM, encrypt_then_mac=False, client=True))
    assert lock.open(Record(23, 0x0300, bytes(64))) is None


def test_a_suite_of_another_version_opens_nothing():
    """A ServerHello may say anything: the keys of older suites have sizes of their own."""
    for number in (0x0009, 0x000A, 0xC030, 0xFFFF):
        lock = Lock(SECRETS, SERVER_EPOCHS)
        lock.begin_handshake(RANDOM, number)
        assert lock.open(sealed(secret(SERVER_EPOCHS[1]), 0)) is None
        assert not lock.known
