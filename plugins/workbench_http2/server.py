"""The reference server for HTTP/2, on h2: what all connections of a service share. Sans-IO; `workbench.serving` puts sockets around it.

It speaks with clients that know beforehand, that upgrade from HTTP/1.1, and inside TLS that somebody else takes off.
"""

from workbench.api import ServerConnection, ServerOptions, UsageError
from workbench_http.exchange import Request, Response
from workbench_http.site import Site

__all__ = ["Http2Service", "serve"]


class Http2Service:
    """The site, and how many connections were accepted."""

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.site = Site(options, "HTTP/2")
        self._accepted = 0

    def __call__(self) -> ServerConnection:
        """Accept a connection."""
        from workbench_http2.server_connection import Http2Connection  # h2 is not for those who only want to look at traffic

        self._accepted += 1
        return Http2Connection(self.options, self.respond, self._accepted)

    def respond(self, request: Request) -> Response:
        """The response to a request that was read completely."""
        return self.site.respond(request)


def serve(options: ServerOptions) -> Http2Service:
    """Start a fresh service; the `server` slot of the protocol. It has no settings of its own: raises UsageError where there are some."""
    for name in options.settings:
        raise UsageError("is no setting of http2", place=name, remedy="It has none")
    return Http2Service(options)
