"""`workbench certs init | server | client | list | renew | path`: a local authority and what it signs."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.console import Console
from workbench.cli.options import add_json_option, add_plugin_option, describe, positive, printable

if TYPE_CHECKING:
    from workbench.serving.certificates import CertificateFolder

__all__ = ["configure"]

ABOUT = """\
Makes certificates for the servers of `workbench serve --tls` and for their clients, signed by a local authority that is made the first
time. Everything lies in one folder ($WORKBENCH_CERTIFICATES, or workbench/certificates in the XDG state folder) as PEM files, private
keys readable by you only. Whoever has the authority's key can pose as any server towards those who trust it: keep it here, and do not
trust it on machines that matter. Server certificates are good for localhost, 127.0.0.1, ::1 and the names you give."""

EXAMPLES = """\
workbench certs init                               the authority (`serve --tls` does it too)
workbench certs server app.test '*.app.test'       a server's certificate, for these names as well
workbench certs client alice                       for `workbench serve --tls --mtls`
workbench certs list                               what there is, and when it expires
workbench certs renew --within 30                  make anew what expires in 30 days; running servers notice
curl --cacert "$(workbench certs path)" https://localhost:8443/"""

WIDTH = 28


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its words."""
    describe(parser, ABOUT, EXAMPLES)
    words = parser.add_subparsers(dest="word", metavar="init|server|client|list|renew|path", required=True)
    init = words.add_parser("init", help="make the authority, and a certificate for this machine")
    init.add_argument("--force", action="store_true", help="replace an authority; everything it signed is worth nothing then")
    init.set_defaults(run=_init)
    server = words.add_parser("server", help="a certificate for a server")
    server.add_argument("names", nargs="*", metavar="NAME", help="host names and addresses besides localhost")
    server.set_defaults(run=_server)
    client = words.add_parser("client", help="a certificate with which a client shows who it is")
    client.add_argument("name", metavar="NAME")
    client.set_defaults(run=_client)
    for word in (init, server, client):
        word.add_argument("--key-type", choices=("ec", "rsa"), default="ec", help="P-256 (default), or RSA for old clients")
    listing = words.add_parser("list", help="what there is, and when it expires")
    add_json_option(listing)
    listing.set_defaults(run=_list)
    renew = words.add_parser("renew", help="make servers' and clients' certificates anew, for the same names")
    renew.add_argument("--within", type=positive, metavar="DAYS", help="only those that expire in so many days")
    renew.set_defaults(run=_renew)
    path = words.add_parser("path", help="the file that clients trust: the authority's certificate")
    path.set_defaults(run=_path)
    for word in (init, server, client, listing, renew, path):
        word.add_argument("--dir", type=Path, metavar="FOLDER", help="another folder")
        add_plugin_option(word, "last_plugins")


def _folder(args: argparse.Namespace) -> "CertificateFolder":
    from workbench.serving.certificates import CertificateFolder, default_folder

    return CertificateFolder(args.dir or default_folder(os.environ))


def _init(args: argparse.Namespace, console: Console) -> int:
    folder = _folder(args)
    console.data(printable(str(folder.make_authority(args.key_type, force=args.force))))
    folder.make_server((), args.key_type)
    return 0


def _server(args: argparse.Namespace, console: Console) -> int:
    folder = _folder(args)
    if not folder.authority.exists():
        folder.make_authority()
    console.data(printable(str(folder.make_server(args.names, args.key_type))))
    return 0


def _client(args: argparse.Namespace, console: Console) -> int:
    folder = _folder(args)
    if not folder.authority.exists():
        folder.make_authority()
    console.data(printable(str(folder.make_client(args.name, args.key_type))))
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    found = _folder(args).certificates()
    if args.json:
        console.json(
            [
                {
                    "file": str(entry.file),
                    "kind": entry.kind,
                    "names": list(entry.names),
                    "key_type": entry.key_kind,
                    "expires": entry.expires.isoformat(),
                    "days_left": entry.days_left(now),
                }
                for entry in found
            ]
        )
        return 0
    for entry in found:
        when = f"{entry.expires:%Y-%m-%d} ({entry.days_left(now)} days)"
        console.data(
            printable(f"{entry.kind:<9} {entry.file.name:<{WIDTH}} {entry.key_kind:<3} until {when:<24} {', '.join(entry.names)}")
        )
    if not found:
        console.say("workbench: there are no certificates yet; `workbench certs init` makes some")
    return 0


def _renew(args: argparse.Namespace, console: Console) -> int:
    for file in _folder(args).renew(args.within):
        console.data(printable(str(file)))
    return 0


def _path(args: argparse.Namespace, console: Console) -> int:
    folder = _folder(args)
    if not folder.authority.exists():
        folder.ensure_server()
    console.data(printable(str(folder.authority)))
    return 0
