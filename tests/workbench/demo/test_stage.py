from random import Random

import pytest

from captures.capture import open_capture
from captures.live import can_capture
from support.toy import TOY, changed
from workbench.api import TargetError
from workbench.demo.stage import staged
from workbench.registry import load


def _ports(path) -> set[int]:
    with open_capture(path) as capture:
        capture.grow()
        return set(capture.index.source_port.tolist())


def _performed(folder, **more):
    """Drive a stage to its end; what was done, by protocol."""
    done: dict[str, int] = {}
    with staged(load().specs, folder, **more) as stage:
        assert set(stage.servers) >= {"http1", "streambus"}
        for name, line in stage.drive(Random(1)):
            assert line
            done[name] = done.get(name, 0) + 1
        stage.finish()
        assert {endpoint.port for endpoint in stage.servers.values()} <= _ports(stage.path)
    return stage, done


def test_without_permission_taps_watch(tmp_path):
    stage, done = _performed(tmp_path, may_capture=lambda: "because of a test")
    assert stage.watcher == "tap relay"
    assert stage.why == "because of a test"
    assert stage.doors != stage.servers
    assert min(done.values()) >= 10


def test_with_permission_a_raw_socket_watches(tmp_path):
    if can_capture():
        pytest.skip(can_capture())
    stage, done = _performed(tmp_path)
    assert stage.watcher == "raw socket"
    assert min(done.values()) >= 10


def test_there_must_be_something_to_show(tmp_path):
    with pytest.raises(TargetError, match="no installed protocol"), staged([TOY], tmp_path):
        pass


def test_a_client_that_fails_is_named(tmp_path):
    def workload(endpoint, random):
        yield "fine"
        raise ConnectionResetError("gone")

    unhappy = changed(workload=workload)
    with staged([unhappy], tmp_path, may_capture=lambda: "test") as stage:
        work = stage.drive(Random(1))
        assert next(work) == ("toy", "fine")
        with pytest.raises(TargetError, match="the toy client failed: gone"):
            next(work)
