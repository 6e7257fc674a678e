"""One socket at a selector: registered when there is something to wait for, changed only when that changes."""

import selectors
import socket

from workbench.serving.streams import READ, WRITE
from workbench.serving.watch import Watch


class Counting(selectors.SelectSelector):
    """Counts what it is asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def register(self, fileobj, events, data=None):
        self.asked.append("register")
        return super().register(fileobj, events, data)

    def unregister(self, fileobj):
        self.asked.append("unregister")
        return super().unregister(fileobj)

    def modify(self, fileobj, events, data=None):
        self.asked.append("modify")
        return super().modify(fileobj, events, data)


def test_only_changes_reach_the_selector():
    ours, theirs = socket.socketpair()
    seen = []
    with Counting() as selector, ours, theirs:
        watch = Watch(selector, ours, lambda events, now_ns: seen.append((events, now_ns)))
        for interest in (READ, READ, READ | WRITE, WRITE, WRITE, 0, 0, READ):
            watch.wait_for(interest)
        theirs.sendall(b"x")
        for key, events in selector.select(1):
            key.data(events, 7)
        watch.drop()
        watch.drop()
        assert selector.get_map() == {}
    assert seen == [(READ, 7)]
    # SelectSelector's own modify unregisters and registers again
    assert [word for word in selector.asked if word == "modify"] == ["modify", "modify"]
