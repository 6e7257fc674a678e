"""One file per screen: what lies where, and which question a key asks."""
