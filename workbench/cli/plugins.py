"""`workbench plugins list | show | check | new`: which protocols there are, whether they keep the laws, and a first file for a new one."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import add_json_option, add_plugin_option, describe, printable, registry_for

if TYPE_CHECKING:
    from workbench.api import ProtocolSpec
    from workbench.laws import Law
    from workbench.registry import Registry

__all__ = ["configure"]

ABOUT = """\
A protocol is one ProtocolSpec value in a plugin. Installed packages offer it through the entry point group workbench.protocols; a
single file is loaded with --plugin FILE.py. plugins/README.md explains how to write one."""

EXAMPLES = """\
workbench plugins list
workbench plugins show http1
workbench plugins new myproto              write myproto.py, a small protocol that works
workbench plugins check myproto.py         does it keep the laws? (exit code 1 when not)
workbench --plugin myproto.py list x.pcap  use it"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its four words."""
    describe(parser, ABOUT, EXAMPLES)
    words = parser.add_subparsers(dest="word", metavar="list|show|check|new", required=True)
    listing = words.add_parser("list", help="the protocols of this run")
    listing.add_argument("--names", action="store_true", help="names only, one a line")
    add_json_option(listing)
    listing.set_defaults(run=_list)
    show = words.add_parser("show", help="everything a protocol says about itself")
    show.add_argument("name", metavar="NAME|FILE.py")
    add_json_option(show)
    show.set_defaults(run=_show)
    check = words.add_parser("check", help="run the laws on a protocol")
    check.add_argument("name", metavar="NAME|FILE.py", nargs="+")
    check.add_argument("--seed", type=int, default=1, help="of the law's random inputs (default 1)")
    add_json_option(check)
    check.set_defaults(run=_check)
    new = words.add_parser("new", help="write a small working protocol to begin with")
    new.add_argument("name", metavar="NAME")
    new.add_argument("-o", "--output", type=Path, metavar="FILE.py", help="default: NAME.py here")
    new.set_defaults(run=_new)
    for word in (listing, show, check, new):
        add_plugin_option(word, "last_plugins")


def _list(args: argparse.Namespace, console: Console) -> int:
    registry = registry_for(args, console)
    if args.json:
        console.json([_facts(spec, registry) for spec in registry.specs])
    elif args.names:
        console.lines(spec.name for spec in registry.specs)
    else:
        for spec in registry.specs:
            ports = ",".join(map(str, spec.ports)) or "-"
            roles = [word for word in ("server", "training", "workload") if getattr(spec, word) is not None]
            roles += [f"{len(spec.checks)} checks"] if spec.checks else []
            has = " ".join(roles) or "dissection only"
            console.data(printable(f"{spec.name:<13} {spec.transport:<4} {ports:<16} {spec.title}  [{has}]"))
    return 0


def _facts(spec: "ProtocolSpec", registry: "Registry") -> dict[str, object]:
    states = sorted({state for state, _ in spec.states} | set(spec.states.values()))
    return {
        "name": spec.name,
        "title": spec.title,
        "transport": spec.transport,
        "ports": list(spec.ports),
        "filter_prefix": spec.filter_prefix,
        "decoder": "own" if spec.decoder is not None else "grammar",
        "probe": spec.probe is not None,
        "server": spec.server is not None,
        "training": spec.training is not None,
        "workload": spec.workload is not None,
        "alpn": list(spec.alpn),
        "checks": len(spec.checks),
        "check_options": dict(spec.check_options or {}),
        "skim": spec.skim is not None,
        "states": states,
        "transitions": [[state, label, following] for (state, label), following in sorted(spec.states.items())],
        "seeds": [{"name": seed.name, "messages": len(seed.messages)} for seed in spec.seeds],
        "mutators": [{"name": mutator.name, "rule": mutator.rule} for mutator in spec.hints.mutators],
        "faults": [
            {
                "name": fault.name,
                "kind": fault.kind.value,
                "trigger": fault.trigger,
                "effect": fault.effect,
                "oracles": list(fault.oracles),
                "example": [data.hex() for data in fault.example],
            }
            for fault in spec.faults
        ],
        "limits": {"message": spec.limits.message, "fields": spec.limits.fields, "bad_frames": spec.limits.bad_frames},
        "origin": registry.origin(spec.name),
    }


def _show(args: argparse.Namespace, console: Console) -> int:
    if args.name.endswith(".py"):
        args.plugins = [*args.plugins, Path(args.name)]
    registry = registry_for(args, console)
    facts = _facts(_named(args.name, registry), registry)
    if args.json:
        console.json(facts)
        return 0
    transitions, seeds, options = facts.pop("transitions"), facts.pop("seeds"), facts.pop("check_options")
    planted, mutators = _rows(facts.pop("faults")), _rows(facts.pop("mutators"))
    for name, value in facts.items():
        console.data(printable(f"{name.replace('_', ' '):<14} {_plain(value)}"))
    console.lines(_table("transitions", (f"{state} --{label}--> {following}" for state, label, following in _rows(transitions))))
    if isinstance(options, dict) and options:
        console.lines(_table("what `workbench check --option` may say", (f"{name}: {text}" for name, text in options.items())))
    console.lines(_table("seeds", (f"{seed['name']} ({seed['messages']} messages)" for seed in _rows(seeds))))
    if mutators:
        console.lines(_table("mutators that know it", (f"{each['name']} ({each['rule']})" for each in mutators)))
    if planted:
        said = (f"{each['name']} ({each['kind']}): {each['trigger']}; {each['effect']}" for each in planted)
        console.lines(_table("planted in the training server", said))
    return 0


def _rows(value: object) -> list:  # type: ignore[type-arg]
    assert isinstance(value, list)
    return value


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {item:,}" for key, item in value.items())
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)


def _table(title: str, rows: Iterator[str]) -> Iterator[str]:
    yield title
    for row in rows:
        yield printable(f"  {row}")


def _check(args: argparse.Namespace, console: Console) -> int:
    from workbench.laws import check

    files = [Path(name) for name in args.name if name.endswith(".py")]
    args.plugins = [*args.plugins, *files]
    registry = registry_for(args, console, quiet=True)
    results: dict[str, list[Law]] = {}
    for name in args.name:
        spec = _named(name, registry)
        results[spec.name] = []
        for law in check(spec, registry.specs, seed=args.seed):
            results[spec.name].append(law)
            if not args.json:
                console.data(printable(_line(spec.name, law)))
    broken = sum(not law.kept for laws in results.values() for law in laws)
    if args.json:
        console.json({name: [_law_facts(law) for law in laws] for name, laws in results.items()})
    else:
        console.say(f"{broken} laws broken" if broken else "all laws kept")
    return int(broken > 0)


def _named(name: str, registry: "Registry") -> "ProtocolSpec":
    if not name.endswith(".py"):
        return registry.get(name)
    for spec in registry.specs:
        if registry.origin(spec.name) == str(Path(name)):
            return spec
    raise next(
        (problem for problem in registry.problems if problem.place == str(Path(name))), UsageError("is no plugin", place=name)
    )


def _line(protocol: str, law: "Law") -> str:
    mark = "ok    " if law.kept else "BROKEN"
    detail = f": {law.detail}" if law.detail else ""
    return f"{mark} {protocol} {law.title}{detail}"


def _law_facts(law: "Law") -> dict[str, object]:
    return {"name": law.name, "title": law.title, "kept": law.kept, "detail": law.detail}


def _new(args: argparse.Namespace, console: Console) -> int:
    from dissectors.filter_names import RESERVED
    from workbench.cli.plugin_template import render
    from workbench.validation import NAME

    if not NAME.fullmatch(args.name):
        raise UsageError(
            f"{args.name!r} is not one lower-case word", remedy="Use letters, digits, - and _, beginning with a letter"
        )
    if args.name in {name for spec in registry_for(args, console).specs for name in (spec.name, spec.filter_prefix)}:
        raise UsageError(f"there is a protocol called {args.name} already", remedy="Choose another name")
    if args.name in RESERVED:
        raise UsageError(f"{args.name} means something else in a filter", remedy="Choose another name")
    path = args.output or Path(f"{args.name}.py")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(render(args.name, str(path)))
    except FileExistsError:
        raise UsageError("exists already", place=str(path), remedy="Name another file with -o") from None
    console.data(str(path))
    console.say(f"next: workbench plugins check {path}")
    return 0
