"""What HTTP/2 and HTTP/3 have in common once frames and header compression are off, and HTTP/1.1 in part: their plugins import it.

A library, not a plugin: it has no protocol of its own and no entry point. Bodies and their codings are for the decoders, exchange, content,
selection, site, store and websocket for the reference servers.
"""
