"""QUIC as a transport of other protocols: servers and clients without sockets, on aioquic's state machine.

`server.py` finds the connection of each datagram and answers those that belong to none, `served.py` is one connection of it, `client.py`
the other side; `core.py` is all that knows aioquic from inside. Nothing here is imported before somebody serves or connects.
"""
