import dataclasses

import pytest

from support.secrets_apart import secrets_apart
from support.terminal import SAMPLE, drive, opened, quiet, said, sample_app, screen_text, show, synthetic, told, until
from workbench.events import Start
from workbench.tui.app import WorkbenchApp
from workbench.tui.commands import find
from workbench.tui.filter_state import FilterState


def test_a_file_is_opened_indexed_and_closed():
    app = sample_app()
    sessions = []

    async def script(pilot):
        await opened(pilot)
        sessions.append(app.workspace.session)
        assert app.workspace.total == 184
        assert app.workspace.title == SAMPLE.name

    drive(app, script)
    with pytest.raises(OSError):
        sessions[0].capture.data(1)


def test_what_is_no_capture_is_said(tmp_path):
    path = tmp_path / "notes.pcap"
    path.write_text("no capture at all, just words")
    app = WorkbenchApp(Start(path=path))

    async def script(pilot):
        await until(pilot, lambda: said(app))
        assert "notes.pcap" in said(app)[0]
        assert app.workspace.session is None
        assert app.is_running

    drive(app, script)


def test_file_names_are_not_commands_for_the_terminal(tmp_path):
    path = tmp_path / "evil\x1b[31m.pcapng"
    path.write_bytes(SAMPLE.read_bytes())
    other = tmp_path / "worse\x9b2J.pcap"
    other.write_text("nothing")
    app = WorkbenchApp(Start(path=path))

    async def script(pilot):
        await opened(pilot)
        assert "evil\\x1b[31m.pcapng" in screen_text(app).splitlines()[0]
        await app.action_perform("app.open", str(other))
        await until(pilot, lambda: said(app))
        assert "worse\\x9b2J.pcap" in said(app)[-1]

    drive(app, script)


def test_a_bad_rule_is_said():
    app = WorkbenchApp(dataclasses.replace(Start(path=SAMPLE), decode_as=("tcp.port==8080,nonsense",)))

    async def script(pilot):
        await until(pilot, lambda: said(app))
        assert "nonsense" in said(app)[0]

    drive(app, script)


def test_a_broken_plugin_is_a_message(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('not today')\n")
    app = WorkbenchApp(Start(path=SAMPLE, plugin_files=(broken,)))

    async def script(pilot):
        await opened(pilot)
        assert any("not today" in text for text in said(app))
        assert {"http1", "streambus"} <= {spec.name for spec in app.workspace.specs}

    drive(app, script)


def test_a_filter_to_begin_with():
    app = sample_app(filter="http")

    async def script(pilot):
        await opened(pilot)
        await until(pilot, lambda: app.screen.list.rows.filtered)
        assert 0 < app.screen.list.row_count < 184

    drive(app, script)


def test_another_file_replaces_the_first_and_can_be_left_again(tmp_path):
    copy = tmp_path / "copy.pcapng"
    copy.write_bytes(SAMPLE.read_bytes())
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("app.reopen")
        assert "no other capture was open" in await told(pilot)
        app.workspace.marks.add(3)
        await app.action_perform("app.open", str(copy))
        await until(pilot, lambda: app.workspace.session is not None)
        assert app.workspace.path == copy
        assert app.workspace.marks == set()
        await pilot.press("backspace")
        await until(pilot, lambda: app.workspace.session is not None and app.workspace.path == SAMPLE)
        await quiet(pilot)
        assert "184 packets" in screen_text(app)

    drive(app, script)


def test_a_file_that_grows_is_followed(tmp_path):
    data = SAMPLE.read_bytes()
    path = tmp_path / "growing.pcapng"
    path.write_bytes(data[: len(data) // 2])
    app = WorkbenchApp(Start())

    async def script(pilot):
        app.workspace.open(path, live=True)
        await until(pilot, lambda: app.workspace.session is not None and app.workspace.at_end)
        before = app.workspace.total
        assert 0 < before < 184
        with path.open("ab") as file:
            file.write(data[len(data) // 2 :])
        await until(pilot, lambda: app.workspace.total == 184)
        assert app.badge == "live"
        assert app.screen.list.current == 184

    drive(app, script)


def test_screens_hear_of_growth_at_most_ten_times_a_second():
    app, session = synthetic(3_000_000, streams=1_000_000)
    heard: list[int] = []

    async def script(pilot):
        app.screen.capture_grew = lambda: heard.append(app.workspace.total)
        await show(pilot, session)
        assert heard[-1] == 3_000_000
        assert len(heard) < 40

    drive(app, script)


def test_losses_are_shown():
    app, session = synthetic(100)
    session.capture.interfaces[0].dropped = 7

    async def script(pilot):
        await show(pilot, session)
        await quiet(pilot)
        assert app.workspace.dropped == 7
        assert "7 dropped" in screen_text(app)

    drive(app, script)


def test_without_a_capture_its_screens_are_not_possible():
    app = WorkbenchApp(Start())

    async def script(pilot):
        for name in ("app.flows", "app.stream", "app.stats"):
            assert "no capture is open" in app.workspace.why_not(find(name))
        assert app.workspace.why_not(find("app.fuzz")) == ""
        await pilot.press("2")
        await until(pilot, lambda: any("no capture is open" in text for text in said(app)))

    drive(app, script)


def test_saving_never_overwrites_and_leaves_no_half_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        for _ in range(2):
            await app.action_perform("packets.export")
            await quiet(pilot)
        await app.action_perform("packets.export", str(tmp_path / "no" / "such" / "folder.pcapng"))
        await until(pilot, lambda: any("cannot be written: No such file or directory" in text for text in said(app)))

    drive(app, script)
    stem = SAMPLE.stem
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{stem}-dissected-2.pcapng", f"{stem}-dissected.pcapng"]


def test_a_file_that_is_not_there_changes_nothing():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("app.open", "/no/such/file.pcap")
        assert "there is no such file" in await told(pilot)
        assert app.workspace.path == SAMPLE

    drive(app, script)


def test_saving_a_picture(tmp_path):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("app.picture", str(tmp_path / "screen.svg"))

    drive(app, script)
    assert (tmp_path / "screen.svg").read_text().startswith("<svg")


# key logs that grow


def test_packets_are_decrypted_when_their_secrets_come(tmp_path):
    apart = secrets_apart(tmp_path)
    keylog = tmp_path / "keys.log"
    app = WorkbenchApp(Start(path=apart.capture, keylog=keylog, filter="http2.headers.path"))
    keylog.touch()

    async def script(pilot):
        await until(pilot, lambda: app.workspace.session is not None and app.workspace.at_end)
        screen = app.screen
        await until(pilot, lambda: screen.filtering.judgement.state is FilterState.VALID)
        assert screen.list.row_count == 0
        keylog.write_bytes(apart.keylog)
        await until(pilot, lambda: screen.list.row_count)
        await until(pilot, lambda: "HTTP2" in screen_text(app) and "GET /numbers.txt" in screen_text(app))

    drive(app, script)


def test_what_is_on_the_screens_is_made_anew_when_secrets_come(tmp_path):
    apart = secrets_apart(tmp_path)
    keylog = tmp_path / "keys.log"
    keylog.touch()
    app = WorkbenchApp(Start(path=apart.capture, keylog=keylog))

    async def script(pilot):
        await until(pilot, lambda: app.workspace.session is not None and app.workspace.at_end)
        app.screen.goto_packet(apart.request)
        await until(
            pilot, lambda: app.screen.linked.details.title == f"Packet {apart.request}" and apart.request in app.workspace.infos
        )
        assert app.workspace.infos[apart.request].protocol == "TLS"
        await pilot.press("f")
        await until(pilot, lambda: app.current_mode == "stream" and app.screen.message is not None)
        keylog.write_bytes(apart.keylog)
        await until(pilot, lambda: "› HTTP2" in screen_text(app))
        assert app.screen.message.packet == apart.request
        await pilot.press("1")
        await until(pilot, lambda: app.workspace.infos[apart.request].protocol == "HTTP2")
        await until(
            pilot, lambda: any("tls" in node.name and node.protocol == "http2" for node in app.screen.linked.details.nodes)
        )

    drive(app, script)


def test_a_key_log_that_is_not_there_yet(tmp_path):
    apart = secrets_apart(tmp_path)
    keylog = tmp_path / "keys.log"
    app = WorkbenchApp(Start(keylog=keylog))

    async def script(pilot):
        app.workspace.open(apart.capture, live=True)
        await until(pilot, lambda: app.workspace.session is not None and app.workspace.at_end)
        assert any("keys.log is not there yet" in text for text in said(app))
        app.screen.goto_packet(apart.request)

        def line():
            return next(line for line in screen_text(app).splitlines() if line[2:].lstrip().startswith(f"{apart.request} "))

        await until(pilot, lambda: "TLS" in line())
        keylog.write_bytes(apart.keylog)
        await until(pilot, lambda: "HTTP2" in line() and "GET /" in line())

    drive(app, script)


def test_a_missing_key_log_of_a_finished_capture_is_refused(tmp_path):
    app = sample_app(keylog=tmp_path / "keys.log")

    async def script(pilot):
        await until(pilot, lambda: said(app))
        assert "the key log cannot be read" in said(app)[0]
        assert app.workspace.session is None

    drive(app, script)
