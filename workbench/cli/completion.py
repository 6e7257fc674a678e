"""`workbench completion SHELL`: tab completion, generated from the commands' own options."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.cli.console import Console
from workbench.cli.options import describe

__all__ = ["configure"]

ABOUT = """\
Prints a script that teaches the shell the commands, their options and the names of the installed protocols."""

EXAMPLES = """\
source <(workbench completion bash)                                  bash, for this shell
workbench completion zsh > ~/.zfunc/_workbench                       zsh, with ~/.zfunc in fpath
workbench completion fish > ~/.config/fish/completions/workbench.fish"""

TAKES_PROTOCOL = ("serve", "fuzz", "check")
"""Commands whose first word is a protocol, completed from `workbench plugins list --names`."""


@dataclass(frozen=True, slots=True)
class _Command:
    """What can be typed behind a command: options, words, and the values of those options that take one of a few."""

    summary: str
    options: list[str]
    words: list[str]
    values: dict[str, list[str]]


_Commands = dict[str, _Command]


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the script."""
    from workbench.cli.main import build_parser

    commands = dict(_commands(build_parser((), everything=True)))
    script = {"bash": _bash, "zsh": _zsh, "fish": _fish}[args.shell]
    console.lines(script(commands))
    return 0


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, _Command]]:
    """Each command by its name."""
    for action in parser._subparsers._group_actions if parser._subparsers else ():
        assert isinstance(action, argparse._SubParsersAction)
        summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, command in action.choices.items():
            actions = list(_actions(command))
            options = list(dict.fromkeys(text for part in actions for text in part.option_strings if text.startswith("--")))
            words = [str(word) for part in command._actions if not part.option_strings for word in part.choices or ()]
            values = {
                text: [str(choice) for choice in part.choices] for part in actions for text in part.option_strings if part.choices
            }
            yield name, _Command(summaries.get(name, ""), options, words, values)


def _actions(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What can stand behind a command, and behind each of its words."""
    for part in command._actions:
        yield part
        if isinstance(part, argparse._SubParsersAction):
            for below in part.choices.values():
                yield from below._actions


def _bash(commands: _Commands) -> Iterator[str]:
    yield "_workbench() {"
    yield '  local word=${COMP_WORDS[COMP_CWORD]} command="" i'
    yield f'  local commands="{" ".join(commands)}"'
    yield '  for ((i = COMP_CWORD - 1; i > 0; i--)); do [[ " $commands " == *" ${COMP_WORDS[i]} "* ]] && command=${COMP_WORDS[i]}; done'
    yield '  case "$command ${COMP_WORDS[COMP_CWORD-1]}" in'
    for name, command in commands.items():
        for option, choices in command.values.items():
            yield f'    "{name} {option}") COMPREPLY=($(compgen -W "{" ".join(choices)}" -- "$word")); return ;;'
    yield "  esac"
    yield "  case $command in"
    yield '    "") COMPREPLY=($(compgen -W "$commands --version --help --plugin" -- "$word")) ;;'
    for name, command in commands.items():
        more = " $(workbench plugins list --names 2>/dev/null)" if name in TAKES_PROTOCOL else ""
        yield f'    {name}) COMPREPLY=($(compgen -W "{" ".join([*command.words, *command.options])}{more}" -- "$word")) ;;'
    yield "  esac"
    yield '  [[ $word != -* ]] && COMPREPLY+=($(compgen -f -- "$word"))'
    yield "}"
    yield "complete -o filenames -F _workbench workbench"


def _zsh(commands: _Commands) -> Iterator[str]:
    yield "#compdef workbench"
    yield "_workbench() {"
    yield "  local -a commands=("
    for name, command in commands.items():
        yield f"    {_quoted(f'{name}:{command.summary}')}"
    yield "  )"
    yield "  if (( CURRENT == 2 )); then _describe command commands; return; fi"
    yield '  case "$words[2] $words[CURRENT-1]" in'
    for name, command in commands.items():
        for option, choices in command.values.items():
            yield f'    "{name} {option}") compadd -- {" ".join(choices)}; return ;;'
    yield "  esac"
    yield "  case $words[2] in"
    for name, command in commands.items():
        more = " $(workbench plugins list --names 2>/dev/null)" if name in TAKES_PROTOCOL else ""
        yield f"    {name}) compadd -- {' '.join([*command.words, *command.options])}{more} ;;"
    yield "  esac"
    yield "  _files"
    yield "}"
    yield 'if [ "$funcstack[1]" = _workbench ]; then _workbench "$@"; else compdef _workbench workbench; fi'


def _fish(commands: _Commands) -> Iterator[str]:
    yield "complete -c workbench -n __fish_use_subcommand -l version -d 'print the version'"
    for name, command in commands.items():
        yield f"complete -c workbench -n __fish_use_subcommand -a {name} -d {_quoted(command.summary)}"
        given = f"'__fish_seen_subcommand_from {name}'"
        for option in command.options:
            choices = command.values.get(option)
            more = f" -xa '{' '.join(choices)}'" if choices else ""
            yield f"complete -c workbench -n {given} -l {option[2:]}{more}"
        if command.words:
            yield f"complete -c workbench -n {given} -a '{' '.join(command.words)}'"
        if name in TAKES_PROTOCOL:
            yield f"complete -c workbench -n {given} -a '(workbench plugins list --names 2>/dev/null)'"


def _quoted(text: str) -> str:
    """One word for zsh and fish."""
    return "'" + text.replace("'", "’") + "'"
