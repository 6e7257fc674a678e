from random import Random

import numpy as np
import pytest

from captures import open_capture
from captures.index import PacketIndex
from captures.segment import ACK, FIN, RST, SYN
from captures.tcp_walk import Sent
from captures.tcp_windows import tcp_windows
from support.headers import ether, ipv4, udp
from support.pcap import write_pcap
from support.tcp_trouble import Talk, frame

CLIENT, SERVER = 0, 1


def _sizes(path, step=None):
    with open_capture(path) as capture:
        while capture.grow(step):
            windows = tcp_windows(capture.index)
        sizes, there = windows.sizes(np.arange(len(capture.index)))
    assert sizes.shape == there.shape
    return [size if is_there else None for size, is_there in zip(sizes.tolist(), there.tolist(), strict=True)]


def _sent(side, flags, shift=-1, window=100):
    return frame(Sent(0, 0, side, 1000, 2000 if flags & ACK else 0, flags, window, 0, shift))


@pytest.mark.parametrize(
    ("ours", "theirs", "sizes"),
    [
        (7, 2, (12_800, 400)),
        (0, 3, (100, 800)),
        (-1, 3, (100, 100)),
        (7, -1, (100, 100)),
        (40, 14, (100 << 14, 100 << 14)),  # RFC 7323 section 2.3
    ],
)
def test_both_sides_must_want_to_scale(tmp_path, ours, theirs, sizes):
    frames = [_sent(CLIENT, SYN, ours), _sent(SERVER, SYN | ACK, theirs), _sent(CLIENT, ACK), _sent(SERVER, ACK)]
    assert _sizes(write_pcap(tmp_path / "x.pcap", frames)) == [100, 100, *sizes]


def test_what_comes_later_changes_nothing_before_it(tmp_path):
    opening = [_sent(CLIENT, ACK), _sent(CLIENT, SYN, 1), _sent(SERVER, SYN | ACK, 2), _sent(CLIENT, ACK), _sent(SERVER, ACK)]
    odd = [_sent(SERVER, SYN | ACK | FIN | RST, -1), _sent(CLIENT, SYN, 4), _sent(CLIENT, ACK), _sent(SERVER, ACK)]
    # a scale that is known stays known without the option, and changes with another one
    assert _sizes(write_pcap(tmp_path / "x.pcap", opening + odd)) == [100, 100, 100, 200, 400, 100, 100, 1600, 400]


def test_a_growing_capture_says_the_same(tmp_path):
    choose = Random(4)
    talks = [Talk(choose, 0.3).packets(30) for _ in range(12)]
    frames = [frame(sent, blocks, 20_000 + number) for number, talk in enumerate(talks) for sent, blocks in talk]
    choose.shuffle(frames)
    path = write_pcap(tmp_path / "x.pcap", frames)
    whole = _sizes(path)
    assert _sizes(path, 17) == whole
    assert any(size > 0xFFFF for size in whole)


def test_only_whole_tcp_headers_have_a_window(tmp_path):
    cut = _sent(CLIENT, SYN)[:-4]
    assert _sizes(write_pcap(tmp_path / "x.pcap", [ether(ipv4(udp(b"x"), 17)), cut, _sent(CLIENT, ACK)])) == [None, None, 100]


def test_an_empty_index_has_none():
    sizes, there = tcp_windows(PacketIndex()).sizes(np.zeros(0, np.int64))
    assert (len(sizes), len(there)) == (0, 0)
