"""A protocol's reference server as a real process of its own, for the length of a `with` block."""

import contextlib
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.api import Endpoint, TargetError

__all__ = ["reference_process"]

READY_S = 20.0
"""For the address to be printed: starting takes half a second, on a machine with much to do several."""

STOP_S = 6.0
"""A graceful end takes less than five seconds."""


@contextmanager
def reference_process(
    protocol: str, plugins: Sequence[Path] = (), settings: Sequence[str] = (), *, tls: bool = False
) -> Iterator[Endpoint]:
    """`workbench serve PROTOCOL` on a free loopback port, with `settings` (NAME=VALUE); raises `TargetError` where it does not come up."""
    words = [sys.executable, "-m", "workbench"]
    for plugin in plugins:
        words += ["--plugin", str(plugin)]
    words += ["serve", protocol, "--quiet", *(["--tls"] if tls else [])]
    for setting in settings:
        words += ["--set", setting]
    process = subprocess.Popen(  # noqa: S603 - it is this program
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield _address(process, protocol)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _address(process: "subprocess.Popen[str]", protocol: str) -> Endpoint:
    assert process.stdout is not None
    assert process.stderr is not None
    ready = select.select([process.stdout], [], [], READY_S)[0]
    host, colon, port = process.stdout.readline().strip().rpartition(":") if ready else ("", "", "")
    if not colon:
        process.kill()
        said = process.stderr.read().strip()[-500:]
        raise TargetError(f"the reference server of {protocol} did not come up" + (f", saying: {said}" if said else ""))
    return Endpoint(host.removeprefix("[").removesuffix("]"), int(port))
