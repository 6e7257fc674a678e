from fuzzers.model import Ending
from fuzzers.oracles import Judge
from fuzzers.targets.address import Address
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.ways.blackbox import Blackbox
from fuzzers.targets.ways.live import Live
from support.lines import LINES
from support.lines_run import run


def test_a_server_that_is_not_ours():
    with run(Live) as server:
        endpoint = server.endpoint
        way = Blackbox(Address(TargetConfig(kind="address", host=endpoint.host, port=endpoint.port)), Judge(LINES).is_answered)
        way.start()
        way.begin()
        assert (way.endpoint, way.group, way.ours) == (endpoint, 0, False)
        assert way.say([b"hi\n"]).replies == b"OK hi\n"
        assert way.answers([b"hi\n"])
        closed = way.say([b"CLOSE\n"])
        assert way.fate(closed).ending is Ending.CLOSED
        way.stop()
        assert way.answers([b"hi\n"])  # it is not ours to stop
        assert way.fate(way.say([b"EXIT 0\n"])).ending is Ending.GONE
        way.close()
