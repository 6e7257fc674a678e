"""Puts a plugin's checks to an implementation, and reports."""
