"""TLS in the middle, without sockets: a client on one side, a target on the other, and what is written down between them."""

import pytest

from captures.tap import Asked
from support.certificates import certificates
from support.tls_in_memory import client_context, server_context
from support.wires import Wires
from workbench.api import Direction
from workbench.tapping.contexts import UpstreamTls
from workbench.tapping.interception import HANDSHAKE_NS, Interception, Opener, target_name
from workbench.tapping.tls_end import TlsEnd, TlsError

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class Bench:
    """A course between a client and a target that speak TLS; `turn` brings what was said to the other side."""

    def __init__(self, tmp_path, *, name="localhost", alpn=(), chosen=(), upstream=None) -> None:
        folder = certificates(tmp_path / "c")
        self.opener = Opener(folder, upstream or UpstreamTls(folder.authority))
        self.wires = Wires(lambda wires: Interception(wires, Asked("localhost", 443), self.opener))
        self.client = TlsEnd(client_context(alpn=alpn), server=False, server_name=name)
        self.target = TlsEnd(server_context(tmp_path, alpn=chosen), server=True)
        self._at = {UP: 0, DOWN: 0}

    def turn(self, *, piece: int = 1 << 20) -> None:
        """Once from the client to the target and back."""
        self.client.handshake()
        self._say(UP, self.client.output(), piece)
        self._hear(UP, self.target)
        self.target.handshake()
        self._say(DOWN, self.target.output(), piece)
        self._hear(UP, self.target)
        self._hear(DOWN, self.client)

    def meet(self, **how) -> None:
        for _ in range(4):
            self.turn(**how)
        assert self.client.handshake()
        assert self.target.handshake()

    def _say(self, direction: Direction, data: bytes, piece: int) -> None:
        for at in range(0, len(data), piece):
            self.wires.course.received(direction, data[at : at + piece])

    def _hear(self, direction: Direction, end: TlsEnd) -> None:
        sent = self.wires.sent(direction)
        end.feed(sent[self._at[direction] :])
        self._at[direction] = len(sent)


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.opener.keys.close()


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_words_pass_both_ways(bench, piece):
    bench.meet(piece=piece)
    bench.client.write(b"ask" * 10_000)
    bench.turn()
    assert bench.target.read() == b"ask" * 10_000
    bench.target.write(b"answer" * 10_000)
    bench.turn()
    assert bench.client.read() == b"answer" * 10_000
    assert bench.wires.opened == 1
    assert bench.wires.deadline is None
    assert bench.wires.paused == set()
    assert bench.wires.explained == []


def test_secrets_stand_before_what_they_open(bench):
    bench.meet()
    kinds = [entry[0] for entry in bench.wires.recorded]
    assert kinds.index("secrets") < kinds.index(DOWN)
    assert kinds[0] in ("secrets", UP)
    text = b"".join(entry[1] for entry in bench.wires.recorded if entry[0] == "secrets")
    assert text.count(b"CLIENT_TRAFFIC_SECRET_0 ") == 1
    written = b"".join(entry[1] for entry in bench.wires.recorded if entry[0] is DOWN)
    assert written == bench.wires.sent(DOWN)


def test_what_the_client_said_is_written_down_as_it_said_it(bench):
    said = []
    real = bench.wires.course.received

    def listen(direction, data):
        if direction is UP:
            said.append(data)
        real(direction, data)

    bench.wires.course.received = listen
    bench.meet()
    bench.client.write(b"words")
    bench.turn()
    assert b"".join(entry[1] for entry in bench.wires.recorded if entry[0] is UP) == b"".join(said)


def test_the_target_chooses_the_protocol(tmp_path):
    bench = Bench(tmp_path, alpn=("h2", "http/1.1"), chosen=("http/1.1",))
    bench.meet()
    assert bench.client.alpn == "http/1.1"


def test_a_name_of_its_own(tmp_path):
    """The client's name is asked of the target, and stands in the certificate that the client gets."""
    bench = Bench(tmp_path, name="site.test", upstream=UpstreamTls(verify=False))
    bench.meet()
    assert bench.client._tls.getpeercert()["subjectAltName"] == (("DNS", "site.test"),)


def test_the_target_is_not_read_before_the_client_is_ready(bench):
    for _ in range(2):
        bench.turn()
        if bench.target.established and not bench.wires.opened:
            assert DOWN in bench.wires.paused
    bench.meet()
    assert bench.wires.paused == set()


def test_goodbyes_and_ends_pass(bench):
    bench.meet()
    bench.client.goodbye()
    bench.turn()
    assert (bench.target.read(), bench.target.closed) == (b"", True)
    bench.wires.course.ended(UP)
    assert bench.wires.taken()[-2:] == [("record_end", UP), ("finish", UP)]
    bench.wires.course.ended(DOWN)
    assert bench.wires.taken()[-2:] == [("record_end", DOWN), ("finish", DOWN)]


def test_an_end_without_a_goodbye_passes_as_one(bench):
    bench.meet()
    bench.wires.course.ended(UP)
    bench.turn()
    assert not bench.target.closed
    bench.target.write(b"late")
    bench.turn()
    assert bench.client.read() == b"late"


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x02", b"\x05\x01\x00"])
def test_what_is_no_tls_passes_as_it_is(bench, said):
    bench.wires.says(said)
    bench.wires.hears(b"answer")
    assert (bench.wires.passed(UP), bench.wires.passed(DOWN)) == (said, b"answer")


def test_a_target_that_speaks_first(bench):
    bench.wires.says(b"\x16")
    bench.wires.hears(b"220 hello")
    assert bench.wires.passed(UP) == b"\x16"
    assert bench.wires.passed(DOWN) == b"220 hello"


def test_half_a_hello_is_not_waited_for_for_ever(bench):
    bench.wires.says(b"\x16\x03")
    assert bench.wires.deadline == HANDSHAKE_NS
    bench.wires.deadline = 1
    bench.wires.says(b"\x01")
    assert bench.wires.deadline == 1, "each further byte gains no time"
    bench.wires.course.expired()
    assert bench.wires.passed(UP) == b"\x16\x03\x01"


def test_a_client_that_leaves_before_it_said_anything(bench):
    bench.wires.course.ended(UP)
    assert bench.wires.taken() == [("record_end", UP), ("finish", UP)]


def test_a_target_that_is_not_believed(tmp_path):
    bench = Bench(tmp_path, upstream=UpstreamTls())
    bench.turn()
    with pytest.raises(TlsError, match="does not accept the certificate"):
        bench.turn()
    assert bench.wires.sent(DOWN) == bytes((21, 3, 3, 0, 2, 2, 46))
    assert "certificate is not accepted" in bench.wires.explained[0][1]
    assert [step for step in bench.wires.taken() if step[0] == "finish"] == [("finish", DOWN), ("finish", UP)]


def test_a_client_that_does_not_believe_us(tmp_path):
    import ssl

    bench = Bench(tmp_path)
    bench.client = TlsEnd(ssl.create_default_context(), server=False, server_name="localhost")
    with pytest.raises(TlsError):
        bench.meet()
    bench.wires.says(bench.client.output())
    assert bench.wires.explained == [("localhost:443", "TLS with the client: it does not know who signed the certificate")]


@pytest.mark.parametrize(
    ("direction", "reason"),
    [
        (UP, "TLS with the client: the client hung up during the handshake"),
        (DOWN, "TLS with the target: it hung up during the handshake"),
    ],
)
def test_who_hangs_up_during_the_handshake(bench, direction, reason):
    bench.client.handshake()
    bench.wires.says(bench.client.output())
    bench.wires.course.ended(direction)
    assert bench.wires.explained == [("localhost:443", reason)]
    assert bench.wires.recorded[0][0] is UP
    assert bool(bench.wires.sent(DOWN)) is (direction is DOWN), "an alert for a client that is there"


@pytest.mark.parametrize(
    ("said", "asked", "name"),
    [
        ("site.test", "127.0.0.1", "site.test"),
        ("localhost", "site.test", "site.test"),
        ("", "site.test", "site.test"),
        ("localhost", "127.0.0.1", "localhost"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_what_the_target_is_called(said, asked, name):
    assert target_name(said, asked) == name


def test_a_handshake_that_takes_too_long(bench):
    bench.client.handshake()
    bench.wires.says(bench.client.output())
    assert UP in bench.wires.paused
    bench.wires.course.expired()
    assert bench.wires.explained == [("localhost:443", "TLS with the client: the handshake takes too long")]
    bench.wires.says(b"more")
    assert bench.wires.paused == set()


def test_garbage_in_the_middle(bench):
    bench.meet()
    bench.wires.says(b"\x17\x03\x03\x00\x20" + bytes(32))
    assert "TLS with the client" in bench.wires.explained[0][1]
    assert bench.wires.taken()[-1] == ("finish", UP)


def test_an_authority_that_is_gone(tmp_path):
    bench = Bench(tmp_path)
    (tmp_path / "c" / "ca.pem").unlink()
    with pytest.raises(TlsError):
        bench.meet()
    assert "no certificate can be made for localhost" in bench.wires.explained[0][1]
