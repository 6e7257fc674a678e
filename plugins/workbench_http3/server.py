"""The reference server for HTTP/3: what all connections of a service share. Sans-IO; it speaks the frames of `workbench.api.carried`, and
whoever carries them (QUIC) puts packets around it. Its settings are those of `server_settings.py`.
"""

from workbench.api import ServerConnection, ServerOptions
from workbench_http.exchange import Request, Response
from workbench_http.site import Site
from workbench_http3.server_settings import read_settings

__all__ = ["Http3Service", "serve"]


class Http3Service:
    """The site, and how many connections were accepted."""

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.settings = read_settings(options)
        self.site = Site(options, "HTTP/3")
        self._accepted = 0

    def __call__(self) -> ServerConnection:
        """Accept a connection."""
        from workbench_http3.server_connection import Http3Connection  # not for those who only want to look at traffic

        self._accepted += 1
        return Http3Connection(self.options, self.settings, self.respond, self._accepted)

    def respond(self, request: Request) -> Response:
        """The response to a request that was read completely."""
        return self.site.respond(request)


def serve(options: ServerOptions) -> Http3Service:
    """Start a fresh service; the `server` slot of the protocol. Raises `UsageError` for settings that it does not have."""
    return Http3Service(options)
