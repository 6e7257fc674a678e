"""The command palette: every command of the table, with its keys, and why it is not possible now where it is not."""

from textual.command import DiscoveryHit, Hit, Hits, Provider

from workbench.tui.commands import COMMANDS, Command

__all__ = ["CommandProvider"]


class CommandProvider(Provider):
    """Fuzzy search over names and titles."""

    def _help(self, command: Command) -> str:
        reason = getattr(self.app, "unavailable", lambda _: "")(command)
        keys = f"  ({command.keys.replace(',', ' or ')})" if command.keys else ""
        return f"{command.help}{keys}" + (f" — not now: {reason}" if reason else "")

    def _run(self, command: Command) -> None:
        # the palette leaves the screen first; then the command sees the panes it is about
        self.app.call_later(self.app.run_action, f"perform('{command.name}')", self.app)

    async def discover(self) -> Hits:
        """All commands: this screen's, the focused pane's, the application's, then the others."""
        here = (getattr(self.screen, "SCOPE", ""), getattr(self.focused, "SCOPE", ""), "app")
        for command in sorted(COMMANDS, key=lambda each: here.index(each.scope) if each.scope in here else len(here)):
            yield DiscoveryHit(
                _display(command), lambda command=command: self._run(command), _display(command), self._help(command)
            )

    async def search(self, query: str) -> Hits:
        """Commands whose name, title or explanation fits."""
        matcher = self.matcher(query)
        for command in COMMANDS:
            shown = _display(command)
            score = max(matcher.match(shown), 0.7 * matcher.match(command.help))
            if score > 0:
                yield Hit(score, matcher.highlight(shown), lambda command=command: self._run(command), shown, self._help(command))


def _display(command: Command) -> str:
    return f"{command.name}   {command.title}"
