"""Things that cases are played against: a server inside a worker process, a spawned command, an address."""
