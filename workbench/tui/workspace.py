"""What is open: the registry, the capture that grows, the packet people look at, and the campaign. One for the whole application.

Everything that reads the capture runs on the background thread; the values here are set on the application's thread, with what it found.
"""

import json
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from workbench.api import ProtocolSpec, UsageError
from workbench.events import Start
from workbench.tui.background import Background, Pause, Steps
from workbench.tui.cells import clean, count, size
from workbench.tui.commands import Command
from workbench.tui.opening import Glance, glance

if TYPE_CHECKING:
    from captures.live import LiveCounters
    from captures.recorder_process import RecorderProcess
    from dissectors.filters import Filter
    from workbench.api import Direction, Transport
    from workbench.registry import Registry
    from workbench.session import Session
    from workbench.tui.campaigns import CampaignRun
    from workbench.tui.engine_process import EngineProcess

__all__ = ["Desk", "Workspace"]

FIRST_PACKETS = 2_000
"""Packets indexed before the list is shown: several screens, a few milliseconds."""

SLICE_SECONDS = 0.03
"""How long one step of indexing or searching takes at most, about: typing must not wait for it."""

SHOW_SECONDS = 0.1
"""How often a growing list is resized: a new size costs a layout, ten of them a second cost nothing."""

FOLLOW_SECONDS = 0.1
"""How often a live file is looked at when nothing was new."""

LEARN_SECONDS = 0.3
"""How often new secrets are looked for: what they decrypt is dissected again, which costs as much as scrolling to it."""

MOST_SAVED = 1 << 30
"""Bytes of a stream that are saved at most: they are held in memory meanwhile."""

LARGEST_STEP = 400_000
"""Packets indexed in one step at most."""


class Desk(Protocol):
    """What the workspace needs of the application."""

    background: Background

    def tell(self, what: str, *values: object) -> None:
        """Call a method on every screen that has it."""
        ...

    def say(self, text: str, severity: str = "information") -> None:
        """A short message to the person."""
        ...

    def call_after_refresh(self, callback: Callable[[], object]) -> object:
        """Run something when what was changed has been drawn."""
        ...

    def later(self, then: Callable[[], object]) -> None:
        """Run something on the application's thread; may be called from any thread."""
        ...


class Workspace:
    """State that outlives a screen."""

    def __init__(self, desk: Desk, start: Start) -> None:
        self._desk = desk
        self._start = start
        self.registry: Registry | None = None
        self.session: Session | None = None
        self.rows: Glance | None = None
        """The first rows, until the session is there."""
        self.path: Path | None = None
        self.live = False
        self.total = 0
        self.at_end = False
        self.dropped: int | None = None
        self.current = 0
        """The packet under the cursor of the packet list."""
        self.marks: set[int] = set()
        self.infos: dict[int, Any] = {}
        self.dated: set[int] = set()
        """Packets whose infos were made before the last secrets came: shown until there are newer ones."""
        self.campaign: CampaignRun | None = None
        self.note = ""
        """What the top bar says is going on, besides "live"."""
        self.cases = 20_000
        """Cases of the next campaign: a quarter of a minute against a server in process."""
        self.seed = start.seed
        self.finding_folder: Path | None = None
        """Where the findings screen looks besides the campaign's folder."""
        self.wanted_finding = ""
        self._processes: list[EngineProcess] = []
        self._closers = ExitStack()
        self._retired: list[Session] = []
        """Sessions to close; the background thread does it, because it may be using them."""
        self._opened = 0
        self._before: tuple[Path, bool] | None = None
        self._recorder: RecorderProcess[LiveCounters] | None = None

    # beginning and end

    def begin(self) -> None:
        """Do what the person asked for when starting."""
        if self._start.demo:
            self.start_demo()
        elif self._start.interface:
            self.watch(self._start.interface)
        elif self._start.path is not None:
            self.open(self._start.path)
        else:
            self._desk.background.ask("plugins", lambda: self._load_plugins(), priority=1)

    def close(self) -> None:
        """Stop what runs and close what is open; to be called when the background thread has ended."""
        if self.campaign is not None:
            self.campaign.close()
        for process in self._processes:
            process.close()
        if self.session is not None:
            self.session.close()
        for session in self._retired:
            session.close()
        self._closers.close()

    @property
    def title(self) -> str:
        """What is open, for the top bar."""
        return clean(self.path.name) if self.path is not None else ""

    @property
    def badge(self) -> str:
        """What is going on, for the top bar."""
        parts = [self.note] if self.note else []
        if self.live:
            parts.append("live")
        if self.campaign_runs:
            parts.append("fuzzing")
        return " · ".join(dict.fromkeys(parts))

    @property
    def campaign_runs(self) -> bool:
        """Whether a campaign is under way."""
        return self.campaign is not None and self.campaign.running

    def why_not(self, command: Command) -> str:
        """Why a command of the application is not possible now."""
        if command.name in ("app.flows", "app.stream", "app.stats") and self.session is None:
            return "no capture is open; :open FILE opens one"
        if command.name == "app.reopen" and self._before is None:
            return "no other capture was open"
        return ""

    @property
    def specs(self) -> tuple[ProtocolSpec, ...]:
        """The installed protocols, as far as they are loaded."""
        return self.registry.specs if self.registry is not None else ()

    def start_demo(self) -> None:
        """Servers, clients, live traffic and a campaign."""
        from workbench.tui.demo_run import DemoRun

        demo = DemoRun(self, self._desk, self._start.seed)
        self._closers.callback(demo.close)
        demo.begin()

    # opening and growing

    def open(self, path: Path, *, live: bool = False) -> None:
        """Open a capture file instead of the one that is open; `live` goes on reading as it grows."""
        if self.path is not None and self.path != path:
            self._before = self.path, self.live
        self.path, self.live = path, live
        self.total, self.at_end, self.dropped, self.current = 0, False, None, 0
        self.marks, self.infos, self.dated = set(), {}, set()
        if self.session is not None:
            self._retired.append(self.session)
        self.session = self.rows = None
        for name in ("grow", "details", "infos", "match", "stream", "flows", "stats"):
            self._desk.background.drop(name)
        serial = self._opened = self._opened + 1
        self._desk.tell("capture_closed")
        self._desk.background.ask("open", lambda: self._glance(path, serial), priority=0)

    def reopen(self) -> None:
        """Open the capture that was open before this one."""
        if self._before is not None:
            path, live = self._before
            self.open(path, live=live)

    def _load_plugins(self) -> "Generator[Callable[[], object], None, Registry]":
        """The registry, loaded at the first call; the application hears of it a moment later."""
        from workbench.registry import load

        if self.registry is not None:
            return self.registry
        registry = load(self._start.plugin_files)
        yield lambda: self._plugins_loaded(registry)
        return registry

    def _plugins_loaded(self, registry: "Registry") -> None:
        self.registry = registry
        for problem in registry.problems:
            self._desk.say(str(problem), "warning")
        self._desk.tell("plugins_loaded")

    def _glance(self, path: Path, serial: int) -> Steps:
        """The first rows, from the columns alone."""
        while self._retired:
            self._retired.pop().close()
        rows = glance(path, FIRST_PACKETS)
        # known at once, so that a screen that is just being made begins with them
        self.rows, self.total = rows, len(rows)
        yield lambda: self._glanced(path, serial)

    def _glanced(self, path: Path, serial: int) -> None:
        if serial == self._opened:
            self._desk.tell("capture_glanced")
            # loading plugins and dissectors must not compete with drawing these rows
            self._desk.call_after_refresh(lambda: self._desk.background.ask("open", lambda: self._open(path, serial), priority=0))

    def _open(self, path: Path, serial: int) -> Steps:
        """Plugins, and everything else."""
        registry = yield from self._load_plugins()
        session = self._session(path, registry)
        session.grow(FIRST_PACKETS)
        yield lambda: self._session_opened(session, serial)

    def _session(self, path: Path, registry: "Registry") -> "Session":
        from dissectors import parse_decode_as
        from workbench.session import Session

        start = self._start
        rules = [parse_decode_as(rule, registry.specs) for rule in start.decode_as]
        return Session.open(path, registry, decode_as=rules, keylog=start.keylog, live=self.live, cache_bytes=start.cache_bytes)

    def _session_opened(self, session: "Session", serial: int) -> None:
        if serial != self._opened:
            session.close()
        else:
            self.adopt(session)

    def adopt(self, session: "Session") -> None:
        """Show a session, and index what is left of it."""
        self.session = session
        for warning in session.capture.warnings[:3]:
            self._desk.say(str(warning), "warning")
        if session.keylog is not None and not session.keylog.exists():
            self._desk.say(f"{session.keylog} is not there yet; its secrets are used as soon as they come", "warning")
        self._count(session, len(session), session.capture.at_end)
        self._desk.tell("capture_opened")
        self._desk.background.ask("grow", lambda: self._grow(session), priority=6)

    def _grow(self, session: "Session") -> Steps:
        """Index what is there in slices of time; of a live file also what is still to come, and of a key log what it learns."""
        step, shown, asked, known = FIRST_PACKETS, 0.0, 0.0, session.learn()
        while True:
            begun = time.monotonic()
            added = session.grow(step)
            ended = time.monotonic()
            caught_up = added < step  # the next step may have to wait for whatever is more urgent
            share = (ended - begun) / SLICE_SECONDS
            step = min(LARGEST_STEP, max(256, int(step / max(share, 0.25)))) if added == step else step
            done = not added and session.capture.at_end
            if done or (added and (caught_up or ended - shown >= SHOW_SECONDS)):
                shown = ended
                yield partial(self._grown, session, len(session), session.capture.at_end)
            if ended - asked >= LEARN_SECONDS:
                asked, before, known = ended, known, session.learn()
                if known > before:
                    yield partial(self._learnt, session)
            if added:
                yield None
            elif not done or self.live or session.keylog is not None:
                yield Pause(FOLLOW_SECONDS)
            else:
                return

    def _learnt(self, session: "Session") -> None:
        """Secrets came: what was encrypted may be readable now."""
        if session is self.session:
            self.dated = set(self.infos)
            self._desk.tell("secrets_came")

    def _grown(self, session: "Session", total: int, at_end: bool) -> None:
        if session is self.session and (total, at_end) != (self.total, self.at_end):
            self._count(session, total, at_end)
            self._desk.tell("capture_grew")

    def _count(self, session: "Session", total: int, at_end: bool) -> None:
        self.total, self.at_end = total, at_end
        known = [interface.dropped for interface in session.capture.interfaces if interface.dropped >= 0]
        told = [] if self._recorder is None else [self._recorder.counters.dropped]
        self.dropped = max(sum(known), *told, 0) if known or told else None

    def watch(self, name: str) -> None:
        """Capture on a network interface and show what comes."""
        folder = tempfile.TemporaryDirectory(prefix="workbench-live-")
        self._closers.callback(folder.cleanup)
        path = Path(folder.name) / f"{name}.pcapng"
        self._desk.background.ask("record", lambda: self._record(name, path), priority=0)

    def _record(self, name: str, path: Path) -> Steps:
        from captures.live import open_live

        recorder = open_live(name, path)
        self._closers.callback(recorder.kill)
        yield lambda: self._recording(recorder, path)

    def _recording(self, recorder: "RecorderProcess[LiveCounters]", path: Path) -> None:
        self._recorder = recorder
        self.open(path, live=True)

    # campaigns and findings

    def start_campaign(
        self, protocol: str, target: str, *, cases: int | None = None, seed: int | None = None, parent: Path | None = None
    ) -> None:
        """Begin a campaign in a new folder below `parent` (default: the current folder's "findings")."""
        from workbench.tui.campaigns import CampaignRun, Plan, new_directory

        plan = Plan(
            protocol=protocol,
            target=target,
            seed=self.seed if seed is None else seed,
            cases=self.cases if cases is None else cases,
            directory=new_directory(parent or Path("findings"), protocol),
            plugins=self._start.plugin_files,
        )
        if self.campaign is not None:
            self.campaign.close()
        self.campaign = CampaignRun(plan, lambda: self._desk.later(lambda: self._desk.tell("campaign_changed")))
        self.campaign.begin()

    def finding_parents(self) -> tuple[Path, ...]:
        """Folders below which findings may lie."""
        folders = [Path("findings")] if self.finding_folder is None else [self.finding_folder]
        if self.campaign is not None:
            folders.append(self.campaign.plan.directory)
        return tuple(folder for folder in folders if folder.is_dir())

    def replay(self, folder: Path, done: Callable[[str, str], object]) -> None:
        """Replay a finding in a process of its own; `done` is told the outcome and a sentence."""
        from workbench.tui.engine_process import EngineProcess

        given = {"folder": str(folder), "plugins": [str(path) for path in self._start.plugin_files]}

        def told(event: dict[str, Any]) -> None:
            if event["event"] == "replay":
                text = (
                    f"{event['outcome']}: {event['failures']} of {event['times']} replays failed as recorded ({event['summary']})"
                )
                self._desk.later(lambda: done(event["outcome"], text))
            elif event["event"] == "error":
                self._desk.later(lambda: done("", event["message"]))

        self._processes = [process for process in self._processes if process.running]
        self._processes.append(EngineProcess("replay", [json.dumps(given)], told))

    # saving

    def export(self, path: str, wanted: "Filter | None") -> None:
        """Save the packets that match as dissected pcapng (or what the suffix says), beside the capture unless `path` says where."""
        source = self.path
        if source is None:
            return
        target = _new_file(path, f"{source.stem}-dissected.pcapng")
        self._desk.background.ask("export", lambda: self._export(source, target, wanted), priority=7)

    def _export(self, source: Path, target: Path, wanted: "Filter | None") -> Steps:
        from workbench.export.formats import format_for

        assert self.registry is not None
        chosen = format_for("", target)
        with self._session(source, self.registry) as session:
            session.grow()
            with _whole_file(target) as out:
                written = chosen.write(session.source(wanted), out)
        yield lambda: self._desk.say(f"{count(written)} {chosen.unit} written to {target} ({chosen.name})")

    def save_stream(
        self,
        path: str,
        session: "Session",
        transport: "Transport",
        number: int,
        only: "Direction | None",
        layer: tuple[str, ...] = (),
    ) -> None:
        """Save what one or both directions of a stream, or of a conversation inside it, said, in the order in which it was said."""
        target = _new_file(path, f"{transport}-stream-{number}.bin")

        def steps() -> Steps:
            from workbench.tui.insides import inner_chunks

            view = session.stream(transport, number, max_bytes=0 if layer else MOST_SAVED)
            chunks = inner_chunks(view.messages, layer) if layer else view.conversation.chunks
            said = [chunk.data for chunk in chunks if only is None or chunk.direction is only]
            with _whole_file(target) as out:
                out.writelines(said)
            yield lambda: self._desk.say(f"{size(sum(map(len, said)))} written to {target}")

        self._desk.background.ask("save", steps, priority=7)


def _new_file(path: str, default: str) -> Path:
    """Where to save: `path`, which must not exist yet, else the default name, numbered where that is taken."""
    if path:
        target = Path(path).expanduser()
        if target.exists():
            raise UsageError("there is such a file already", place=str(target), remedy="Name another one")
        return target
    target, number = Path(default), 1
    while target.exists():
        number += 1
        target = Path(default).with_stem(f"{Path(default).stem}-{number}")
    return target


@contextmanager
def _whole_file(target: Path) -> Iterator[BinaryIO]:
    """Write beside the target first: a failure leaves no half file under its name. Raises UsageError where nothing can be written."""
    draft = target.with_name(f".{target.name}.part")
    try:
        with draft.open("xb") as out:
            yield out
        draft.replace(target)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", place=str(target), remedy="Name another file") from error
    finally:
        draft.unlink(missing_ok=True)
