"""Reference servers on free loopback ports, real clients that drive them, and one capture file that grows meanwhile."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from random import Random

from captures.live import can_capture, open_live
from captures.tap import open_tap
from workbench.api import Endpoint, ProtocolSpec, TargetError
from workbench.demo.merging import Merger
from workbench.serving import running

__all__ = ["Stage", "staged"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is running. `servers` is where each protocol's server listens, `doors` where its clients go (a tap, or the server itself)."""

    specs: tuple[ProtocolSpec, ...]
    path: Path
    watcher: str
    """"raw socket" or "tap relay": how the traffic is seen."""
    why: str
    """Why no raw socket; empty with one."""
    servers: Mapping[str, Endpoint]
    doors: Mapping[str, Endpoint]
    refresh: Callable[[], object]
    """Brings `path` up to date; call it between looks at the file."""
    finish: Callable[[], object]
    """Stops watching: afterwards everything that was said is in `path`."""

    def drive(self, random: Random) -> Iterator[tuple[str, str]]:
        """Let each protocol's clients work in turn; yields (protocol, what was done). Equal randomness, equal requests.

        Raises TargetError when a server or its client fails.
        """
        waiting = [
            (spec.name, spec.workload(self.doors[spec.name], Random(random.getrandbits(64))))
            for spec in self.specs
            if spec.workload
        ]
        while waiting:
            for name, work in tuple(waiting):
                try:
                    line = next(work)
                except StopIteration:
                    waiting.remove((name, work))
                    continue
                except (OSError, HTTPException) as error:
                    raise TargetError(f"the {name} client failed: {error}", place=str(self.doors[name])) from error
                self.refresh()
                yield name, line


@contextmanager
def staged(specs: Sequence[ProtocolSpec], folder: Path, *, may_capture: Callable[[], str] = can_capture) -> Iterator[Stage]:
    """Start the servers of all `specs` that have one and a workload, and watch them into `folder`/live.pcapng.

    `may_capture` gives the reason why raw sockets cannot be used ("" when they can).
    """
    players = tuple(spec for spec in specs if spec.server is not None and spec.workload is not None and spec.transport == "tcp")
    if not players:
        raise TargetError(
            "no installed protocol has a server and a workload", remedy="Install the workbench with its own plugins"
        )
    path = folder / "live.pcapng"
    with ExitStack() as stack:
        servers: dict[str, Endpoint] = {}
        for spec in players:
            assert spec.server is not None
            servers[spec.name] = stack.enter_context(running(spec.server)).endpoint
        why = may_capture()
        if why:
            yield _watch_with_taps(players, servers, path, why, stack)
        else:
            wanted = " or ".join(f"port {endpoint.port}" for endpoint in servers.values())
            recorder = stack.enter_context(open_live("lo", path, filter=wanted))
            yield Stage(players, path, "raw socket", "", servers, servers, lambda: None, recorder.stop)


def _watch_with_taps(
    specs: tuple[ProtocolSpec, ...], servers: dict[str, Endpoint], path: Path, why: str, stack: ExitStack
) -> Stage:
    doors: dict[str, Endpoint] = {}
    taps = []
    files = []
    for name, endpoint in servers.items():
        files.append(path.with_name(f"tap-{name}.pcapng"))
        tap = stack.enter_context(open_tap(Endpoint("127.0.0.1", 0), endpoint, files[-1]))
        doors[name] = Endpoint("127.0.0.1", tap.counters.port)
        taps.append(tap)
    merger = stack.enter_context(Merger(files, path))

    def finish() -> None:
        for tap in taps:
            tap.stop()
        merger.step()

    return Stage(specs, path, "tap relay", why, servers, doors, merger.step, finish)
