"""One connection of a case to a server with sockets, for each transport: what `fuzzers.targets.wire` plays cases on."""
