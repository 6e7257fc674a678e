"""One direction's protection as it changes: epochs of TLS 1.3, cipher specs of TLS 1.0 to 1.2, and finding one's place again.

A lock knows which secrets may protect the next record and which numbers it may have. Normally there is one of each. After lost bytes,
with secrets that came late, and where a server refused early data, a few are tried: only the right ones authenticate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from workbench.api import Secrets
from workbench_tls.keys import key_block, next_secret
from workbench_tls.limits import MAX_GUESSES, MAX_VAIN_GUESSES
from workbench_tls.protection import BLOCK_SIZES, TAIL, Opener, Record, opener12, opener13
from workbench_tls.suite_names import SUITES_TLS13
from workbench_tls.suites import Suite, suite_of

__all__ = ["CLIENT_EPOCHS", "SERVER_EPOCHS", "CipherSpec", "Lock"]

CLIENT_EPOCHS = ("CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0")
SERVER_EPOCHS = ("", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0")
"""Labels in key logs, in the order in which a direction uses them; servers have no early data."""


@dataclass(frozen=True, slots=True)
class CipherSpec:
    """What ChangeCipherSpec switches to (RFC 5246 6.1)."""

    version: int
    suite: int
    client_random: bytes
    server_random: bytes
    encrypt_then_mac: bool
    client: bool
    """Whether this is the client's direction."""


@dataclass(slots=True)
class _Key:
    """A key in use, and the number of the next record under it."""

    opener: Opener
    number: int = 0
    secret: bytes = b""
    suite: Suite | None = None


@dataclass(slots=True)
class Lock:
    """See the module. `missed` counts records since the last one that authenticated."""

    secrets: Secrets
    labels: tuple[str, ...]
    closed: bool = False
    """Whether records are protected now (in TLS 1.3: those that say application_data)."""
    missed: int = 0
    client_random: bytes = b""
    epoch: int = 0
    last_epoch: int = 0
    """Epochs that may be tried: early data only until the ServerHello came."""
    suites: tuple[int, ...] = ()
    """Suites of TLS 1.3 that may be in use."""
    spec: CipherSpec | None = None
    keys: dict[int, _Key] = field(default_factory=dict)
    before: bytes = b""
    known: bool = False
    """Whether any secret of the present epochs was found."""
    vain: int = 0
    """Guesses since the last record that authenticated."""

    def begin_early(self, client_random: bytes, suites: tuple[int, ...]) -> None:
        """The ClientHello offers early data (RFC 8446 4.2.10)."""
        self._reset(client_random, 0, 0)
        self.suites = tuple(number for number in suites if number in SUITES_TLS13)

    def begin_handshake(self, client_random: bytes, suite: int) -> None:
        """The ServerHello chose TLS 1.3. Early data that is under way stays readable."""
        early = self.closed and self.epoch == 0 and self.spec is None
        if not early:
            self._reset(client_random, 1, 2)
        self.last_epoch = 2
        self.suites = (suite,) if suite in SUITES_TLS13 else ()

    def begin_spec(self, spec: CipherSpec) -> None:
        """ChangeCipherSpec: from now on records are protected as the handshake agreed."""
        self._reset(spec.client_random, 0, 0)
        self.spec = spec

    def _reset(self, client_random: bytes, epoch: int, last_epoch: int) -> None:
        self.closed, self.known, self.missed, self.vain, self.before = True, False, 0, 0, b""
        self.client_random, self.epoch, self.last_epoch = client_random, epoch, last_epoch
        self.spec = None
        self.keys.clear()

    def advance(self) -> None:
        """Finished or EndOfEarlyData was read: the next record is the first of the next epoch."""
        if self.spec is None and self.epoch < self.last_epoch:
            self.epoch += 1
            self.missed = 0

    def update(self) -> None:
        """KeyUpdate was read: the next record is the first under the next secret (RFC 8446 4.6.3)."""
        key = self.keys.get(self.epoch)
        if key is not None and key.suite is not None:
            secret = next_secret(key.secret, key.suite.hash)
            self.keys[self.epoch] = _Key(opener13(secret, key.suite), 0, secret, key.suite)

    def lost(self, records: int) -> None:
        """So many records may have passed unseen."""
        self.missed = min(self.missed + records, 1 << 32)

    def open(self, record: Record) -> bytes | None:
        """The plaintext of the next record; None where no secret is known, or none fits."""
        record = record._replace(before=self.before)
        self.before = record.body[-TAIL:]
        for epoch in range(self.epoch, self.last_epoch + 1):
            for key in self._keys(epoch):
                for number in self._numbers(key):
                    plain = key.opener(record._replace(number=number))
                    if plain is not None:
                        key.number = number + 1
                        self.keys[epoch], self.epoch, self.missed, self.vain = key, epoch, 0, 0
                        return plain
                    self.vain += 1
        self.missed += 1
        return None

    def _numbers(self, key: _Key) -> Iterator[int]:
        """The number that follows the last one, then those that are likely after what was missed: the latest first.

        The likely numbers move on with each record: what was none of them for long will not become one.
        """
        yield key.number
        latest = key.number + self.missed
        guesses = MAX_GUESSES if self.vain < MAX_VAIN_GUESSES else 1
        yield from range(latest, max(key.number, latest - guesses), -1)

    def _keys(self, epoch: int) -> Iterator[_Key]:
        known = self.keys.get(epoch)
        if known is not None:
            yield known
        elif self.spec is not None:
            yield from self._spec_key(self.spec)
        else:
            secret = self.secrets.find(self.labels[epoch], self.client_random) if self.labels[epoch] else None
            for suite in map(suite_of, self.suites if secret else ()):
                if secret is not None and suite is not None and len(secret) == {"sha256": 32, "sha384": 48}.get(suite.hash):
                    self.known = True
                    yield _Key(opener13(secret, suite), 0, secret, suite)

    def _spec_key(self, spec: CipherSpec) -> Iterator[_Key]:
        suite = suite_of(spec.suite)
        master = self.secrets.find("CLIENT_RANDOM", spec.client_random)
        if suite is None or master is None or not spec.server_random or not 0x0301 <= spec.version <= 0x0303:
            return
        if suite.kind == "stream" and self.missed:
            return  # the key stream ran on without us
        if spec.version < 0x0303:
            suite = replace(suite, hash="sha256")
        block = BLOCK_SIZES[suite.cipher] if suite.kind == "cbc" else 0
        blocks = key_block(master, spec.client_random, spec.server_random, suite, spec.version, block)
        opener = opener12(suite, blocks[0 if spec.client else 1], spec.version, mac_last=spec.encrypt_then_mac)
        if opener is not None:
            self.known = True
            self.keys[0] = _Key(opener)
            yield self.keys[0]
