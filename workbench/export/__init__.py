"""Leaving in formats that other tools read: one file per format, one registry (`formats`), one command."""
