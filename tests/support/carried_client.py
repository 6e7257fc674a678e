"""A carrier's client without a carrier: it says and hears what the test wants. See `workbench.api.CarrierClient`."""


class Client:
    """`outbox` are datagrams to be sent, `inbox` frames for whoever reads; `said` is what it was given."""

    def __init__(self) -> None:
        self.ready = False
        self.ended = ""
        self.broken = False
        self.unsent = 0
        self.outbox = [b"hello"]
        self.inbox = b""
        self.said: list[bytes] = []
        self.raw: list[bytes] = []
        self.received: list[bytes] = []
        self.woken: list[int] = []
        self.due: int | None = None

    def receive(self, datagram: bytes, now_ns: int) -> None:
        self.received.append(datagram)
        self.ready = self.ready or datagram == b"welcome"
        if datagram == b"go away":
            self.ended, self.broken = "the server closed it with error CONNECTION_REFUSED", True

    def outgoing(self, now_ns: int) -> list[bytes]:
        found, self.outbox = self.outbox, []
        return found

    def due_ns(self) -> int | None:
        return self.due

    def wakeup(self, now_ns: int) -> None:
        self.woken.append(now_ns)
        self.due = None

    def send(self, data: bytes) -> None:
        self.said.append(data)

    def send_raw(self, data: bytes) -> None:
        self.raw.append(data)

    def read(self) -> bytes:
        found, self.inbox = self.inbox, b""
        return found
