import signal
import subprocess
import sys

import pytest

from workbench.api import ServerOptions
from workbench_dns.message import read_message
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.seeds import SEEDS
from workbench_dns.server import responder_of
from workbench_dns.training import FaultyResponder, training_datagrams, training_streams

Z = "workbench.test."


def faulty() -> FaultyResponder:
    responder = responder_of(ServerOptions(), FaultyResponder)
    assert isinstance(responder, FaultyResponder)
    return responder


def test_seeds_are_answered_as_the_reference_answers_them():
    right = responder_of(ServerOptions())
    for seed in SEEDS:
        if seed.name != "everything":
            wrong = faulty()
            for raw in seed.messages:
                assert wrong.respond(raw, stream=False) == right.respond(raw, stream=False)


def test_buffer():
    with pytest.raises(IndexError):
        faulty().respond(query(f"{'.'.join(['a' * 60] * 3)}.{'b' * 30}.{Z}"), stream=False)


def test_cookie():
    with pytest.raises(ValueError, match="eight bytes"):
        faulty().respond(query(Z, records=[opt_record([(10, b"1234")])]), stream=False)


def test_star():
    with pytest.raises(RecursionError):
        faulty().respond(query(f"*.{Z}"), stream=False)


def test_counts():
    extra = b"\0\0\1\0\1\0\0\0\0\0\4" + bytes(4)
    [answer] = faulty().respond(query(Z, records=[extra] * 5), stream=False)
    assert read_message(answer).error


def test_other_id():
    responder = faulty()
    responder.respond(query(Z, number=1), stream=False)
    [answer] = responder.respond(query(Z, "ANY", number=2), stream=False)
    assert answer[:2] == b"\0\1"


HANGS = """
import resource, time
from workbench.api import ServerOptions
from workbench_dns.training import training_datagrams
connection = training_datagrams(ServerOptions())()
limit = int(time.process_time()) + 2
resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
connection.receive(bytes.fromhex("123401000001000000000000" "c00c00010001"))
"""


def test_pointers():
    """Followed for ever: only the limit on its CPU time ends the process."""
    done = subprocess.run([sys.executable, "-c", HANGS], check=False, capture_output=True, timeout=60)
    assert done.returncode in (-signal.SIGKILL, -signal.SIGXCPU)


def test_pointers_that_lead_on_are_followed():
    raw = bytes.fromhex("123401000001000000000000") + b"\xc0\x10\0\0\1a\0\0\1\0\1"
    assert faulty().respond(raw, stream=False)


def test_both_transports_have_the_faults():
    for start, wrap in ((training_datagrams, bytes), (training_streams, framed)):
        with pytest.raises(RecursionError):
            start(ServerOptions())().receive(wrap(query(f"*.{Z}")))
