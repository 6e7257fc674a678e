from support.pcap import tcp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.registry import Registry
from workbench.session import Session
from workbench.watching import Watcher

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
PING, PONG = toy_message("ping", 1), toy_message("pong", 1)
BROKEN = PING[:-1] + bytes([PING[-1] ^ 1])


def test_a_growing_capture_is_followed(tmp_path):
    whole = write_pcap(tmp_path / "whole.pcap", tcp_frames([(UP, PING), (DOWN, PONG), (UP, BROKEN)])).read_bytes()
    path = tmp_path / "growing.pcap"
    path.write_bytes(whole[: len(whole) // 2])
    with Session.open(path, Registry((TOY,))) as session:
        watcher = Watcher(session)
        first = list(watcher.look())
        assert list(watcher.look()) == []
        path.write_bytes(whole)
        rest = list(watcher.finish())
    assert [message.raw for message in first + rest] == [PING, PONG, BROKEN]
    assert first
    assert rest
    assert watcher.messages == {"toy": 3}
    assert watcher.faulty["toy"] == 1
    (latency,) = watcher.exchanges.summary()
    assert (latency.label, latency.count) == ("ping", 1)
    assert any("crc" in remark.text for remark in watcher.remarks.summary())
    ((path, (_, _, messages)),) = watcher.counts.table().items()
    assert (path, messages) == (("frame", "eth", "ip", "tcp", "toy"), 3)


def test_remarks_about_the_transport_are_counted(tmp_path):
    frames = tcp_frames([(UP, PING), (UP, PING)])
    lost = next(frame for frame in frames if PING in frame)
    frames.remove(lost)
    path = write_pcap(tmp_path / "x.pcap", frames)
    with Session.open(path, Registry((TOY,))) as session:
        watcher = Watcher(session)
        for _ in watcher.finish():
            pass
    assert any(remark.protocol == "tcp" for remark in watcher.remarks.summary())
