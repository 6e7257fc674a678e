import datetime as dt

from aioquic.tls import CipherSuite, SessionTicket

from workbench_quic.carrier import tickets
from workbench_quic.carrier.tickets import Tickets

TERMS = ("h3", "localhost", 1)


def ticket(identity):
    now = dt.datetime.now(dt.UTC)
    return SessionTicket(0, CipherSuite.AES_128_GCM_SHA256, now, now, b"secret", "localhost", identity)


def test_each_is_good_once():
    """RFC 8446 8.1."""
    kept, one = Tickets(), ticket(b"one")
    kept.keep(one, *TERMS)
    assert kept.take(b"one", *TERMS) is one
    assert kept.take(b"one", *TERMS) is None


def test_other_terms_use_it_up():
    """RFC 8446 4.2.10, RFC 9369 5: the application, the name and the version must be the same."""
    for other in (("hq", "localhost", 1), ("h3", "elsewhere", 1), ("h3", "localhost", 2)):
        kept = Tickets()
        kept.keep(ticket(b"one"), *TERMS)
        assert kept.take(b"one", *other) is None
        assert len(kept) == 0


def test_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(tickets, "MOST_TICKETS", 2)
    kept = Tickets()
    for identity in (b"1", b"2", b"3"):
        kept.keep(ticket(identity), *TERMS)
    assert len(kept) == 2
    assert kept.take(b"1", *TERMS) is None
    assert kept.take(b"3", *TERMS) is not None
