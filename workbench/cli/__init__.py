"""The command line: one module per command family. Data goes to stdout, narration to stderr; see `main` for exit codes."""
