"""Changes that make a case out of a seed: of bytes, of values, of the sequence of messages. Each describes itself."""
