"""The memory of a campaign: one SQLite file that survives whatever happens to the process.

Write-ahead log, synchronous=NORMAL: what was committed survives the death of the process. Progress is committed about ten times a second;
cases played since then are simply played again, and come out the same. A finding is committed, together with the progress that led to it,
before anybody is told about it.
"""

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzzers.model import Conduct
from fuzzers.pool import Grown
from fuzzers.states import Steps
from workbench.api import Seed, UsageError

__all__ = ["FILE_NAME", "Known", "Store"]

FILE_NAME = "campaign.sqlite"
VERSION = 5
_STEPS = """create table steps(graph text not null, before text not null, said text not null, after text not null,
                   count integer not null, primary key (graph, before, said, after))"""
_OLDER = {
    2: "alter table grown add column conduct text not null default '{}'",
    3: _STEPS,
    4: "alter table grown add column words text not null default '[]'",
}
"""What makes a file of an older version one of the next."""
DRAFT = f"{FILE_NAME}.new"
"""Where a campaign file is made before it is one."""
LOG_BYTES = 16 << 20
"""The write-ahead log is cut back to this after a reader kept it from being worked off."""
BUSY_S = 5.0
"""Seconds to wait for a reader (a report, the TUI) that holds the file."""

_SCHEMA = """
create table meta(key text primary key, value text not null);
create table corpus(place integer primary key, name text not null, messages text not null);
create table grown(place integer primary key, case_number integer not null, arm text not null, share real not null, parent integer not null,
                   messages text not null, features blob not null,
                   conduct text not null default '{}', words text not null default '[]');
create table seen(case_number integer primary key, features blob not null);
create table progress(one integer primary key check (one = 1), next_case integer not null, nanoseconds integer not null,
                      suspicious integer not null, unconfirmed integer not null);
create table findings(fingerprint text primary key, slug text not null, case_number integer not null, hits integer not null);
create table doubts(fingerprint text primary key, case_number integer not null, times integer not null, summary text not null);
insert into progress values (1, 0, 0, 0, 0);
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A finding as the store remembers it: `hits` cases met it, `case` is the first."""

    fingerprint: str
    slug: str
    case: int
    hits: int


class Store:
    """One open campaign file. Changes become durable with `commit` (and all together)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @staticmethod
    def check_free(directory: Path) -> None:
        """Raises `UsageError` where there is a campaign already."""
        if (directory / FILE_NAME).exists():
            raise UsageError("there is a campaign already", place=str(directory), remedy="Use --resume, or another directory")

    @staticmethod
    def create(directory: Path, meta: dict[str, Any], corpus: Iterable[Seed]) -> "Store":
        """A new campaign in `directory`; raises `UsageError` where there is one already."""
        Store.check_free(directory)
        path, draft = directory / FILE_NAME, directory / DRAFT
        directory.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft)) as connection:
            connection.executescript(_SCHEMA + _STEPS)
            entries = [(place, seed.name, json.dumps([raw.hex() for raw in seed.messages])) for place, seed in enumerate(corpus)]
            facts = {"version": VERSION, **meta}
            with connection:
                connection.executemany("insert into corpus values (?, ?, ?)", entries)
                connection.executemany("insert into meta values (?, ?)", [(key, json.dumps(facts[key])) for key in facts])
        draft.replace(path)  # whoever dies before leaves no campaign, whoever dies after a whole one
        return Store(_connected(path))

    @staticmethod
    def open(directory: Path) -> "Store":
        """The campaign in `directory`; raises `UsageError` where there is none that can be read."""
        path = directory / FILE_NAME
        if not path.exists():
            raise UsageError(
                "there is no campaign here",
                place=str(directory),
                remedy="Check the folder; `workbench fuzz` without --resume starts a campaign",
            )
        try:
            store = Store(_connected(path))
        except sqlite3.DatabaseError as error:
            raise UsageError(f"the campaign file cannot be read: {error}", place=str(path)) from error
        try:
            version = store._updated()
        except sqlite3.DatabaseError as error:
            store.close()
            raise UsageError(f"the campaign file cannot be read: {error}", place=str(path)) from error
        if version != VERSION:
            store.close()
            raise UsageError(
                f"the campaign was written by another version ({version}, this one writes {VERSION})",
                place=str(path),
                remedy="Go on with that version; `workbench replay` works on its findings all the same",
            )
        return store

    def _updated(self) -> Any:
        """The version of the file, after what an older one needs to become one of the next, step by step."""
        while (version := self.meta().get("version")) in _OLDER:
            with self._connection:
                self._connection.execute("begin")
                self._connection.execute(_OLDER[version])
                self._connection.execute("update meta set value = ? where key = 'version'", (json.dumps(version + 1),))
        return version

    def meta(self) -> dict[str, Any]:
        """The facts given to `create`, and the version."""
        return {key: json.loads(value) for key, value in self._connection.execute("select key, value from meta")}

    def corpus(self) -> tuple[Seed, ...]:
        """The seeds of the campaign, in order."""
        rows = self._connection.execute("select name, messages from corpus order by place")
        return tuple(Seed(name, tuple(bytes.fromhex(raw) for raw in json.loads(messages))) for name, messages in rows)

    def grown(self) -> Iterator[Grown]:
        """What the corpus grew by, in the order of the cases. One at a time: together they are large until a pool shares their numbers."""
        rows = self._connection.execute(
            "select messages, conduct, words, case_number, arm, share, parent, features from grown order by place"
        )
        return (_grown(*row) for row in rows)

    def add_grown(self, found: Grown) -> None:
        """The corpus grew by one entry; durable with the next `commit`."""
        said = json.dumps([raw.hex() for raw in found.messages])
        self._connection.execute(
            "insert into grown(case_number, arm, share, parent, messages, features, conduct, words) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                found.case,
                found.arm,
                found.share,
                found.parent,
                said,
                _packed(found.features),
                json.dumps(found.conduct.as_json()),
                json.dumps([word.hex() for word in found.words]),
            ),
        )

    def seen(self) -> list[tuple[int, tuple[int, ...]]]:
        """What cases showed that became no entries (seeds), with their numbers."""
        rows = self._connection.execute("select case_number, features from seen order by case_number")
        return [(case, _unpacked(features)) for case, features in rows]

    def add_seen(self, case: int, features: tuple[int, ...]) -> None:
        """A case showed something new and became no entry; durable with the next `commit`."""
        self._connection.execute("insert or replace into seen values (?, ?)", (case, _packed(features)))

    def shown(self) -> Iterator[tuple[int, tuple[int, ...], bool]]:
        """Which features each case showed that showed something new, and whether it became an entry, in the order of the cases."""
        rows = self._connection.execute(
            "select case_number, features, 1 from grown union all select case_number, features, 0 from seen order by case_number"
        )
        return ((case, _unpacked(features), bool(entry)) for case, features, entry in rows)

    def progress(self) -> tuple[int, int, int, int]:
        """Next case, nanoseconds spent, suspicious cases, unconfirmed suspicions."""
        row = self._connection.execute("select next_case, nanoseconds, suspicious, unconfirmed from progress").fetchone()
        return (row[0], row[1], row[2], row[3])

    def set_progress(self, next_case: int, nanoseconds: int, suspicious: int, unconfirmed: int) -> None:
        """Where the campaign is; durable with the next `commit`."""
        self._connection.execute(
            "update progress set next_case = ?, nanoseconds = ?, suspicious = ?, unconfirmed = ?",
            (next_case, nanoseconds, suspicious, unconfirmed),
        )

    def findings(self) -> list[Known]:
        """All findings, first found first."""
        rows = self._connection.execute("select fingerprint, slug, case_number, hits from findings order by case_number, slug")
        return [Known(*row) for row in rows]

    def add_finding(self, fingerprint: str, slug: str, case: int) -> None:
        """Remember a new finding, or where one that was not confirmed before was."""
        self._connection.execute(
            "insert into findings values (?, ?, ?, 1) on conflict(fingerprint) do update set case_number = ?, hits = hits + 1",
            (fingerprint, slug, case, case),
        )

    def hit(self, fingerprint: str) -> None:
        """One more case met a known finding."""
        self._connection.execute("update findings set hits = hits + 1 where fingerprint = ?", (fingerprint,))

    def doubts(self) -> dict[str, int]:
        """Fingerprints of suspicions that did not repeat, and how often each was tried."""
        return dict(self._connection.execute("select fingerprint, times from doubts"))

    def doubtful(self) -> list[tuple[str, int, int]]:
        """Summary, first case and number of tries of each suspicion that did not repeat."""
        rows = self._connection.execute("select summary, case_number, times from doubts order by case_number")
        return [(row[0], row[1], row[2]) for row in rows]

    def doubt(self, fingerprint: str, case: int, summary: str) -> None:
        """A suspicion did not repeat."""
        self._connection.execute(
            "insert into doubts values (?, ?, 1, ?) on conflict(fingerprint) do update set times = times + 1",
            (fingerprint, case, summary),
        )

    def steps(self) -> Steps:
        """What was learnt about the server's states, the most frequent first."""
        rows = self._connection.execute("select graph, before, said, after, count from steps order by count desc, 1, 2, 3, 4")
        return tuple(((row[0], row[1], row[2], row[3]), row[4]) for row in rows)

    def add_steps(self, steps: Steps) -> None:
        """Steps were taken so often again; durable with the next `commit`."""
        self._connection.executemany(
            "insert into steps values (?, ?, ?, ?, ?) on conflict do update set count = count + excluded.count",
            [(*step, count) for step, count in steps],
        )

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        self._connection.commit()

    def close(self) -> None:
        """Commit and close."""
        self._connection.commit()
        self._connection.close()


def _grown(said: str, conduct: str, words: str, case: int, arm: str, share: float, parent: int, features: bytes) -> Grown:
    messages = tuple(bytes.fromhex(raw) for raw in json.loads(said))
    performed = Conduct.from_json(json.loads(conduct), len(messages))
    heard = tuple(bytes.fromhex(word) for word in json.loads(words))
    return Grown(messages, case, arm, share, parent, _unpacked(features), performed, heard)


def _packed(features: tuple[int, ...]) -> bytes:
    return array("q", features).tobytes()


def _unpacked(data: bytes) -> tuple[int, ...]:
    return tuple(array("q", data))


def _connected(path: Path) -> sqlite3.Connection:
    # a campaign may be begun in one thread and stepped in another (the TUI), never in two at once
    connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(f"pragma journal_size_limit = {LOG_BYTES}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
