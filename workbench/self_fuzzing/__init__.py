"""Attacks the workbench itself: every plugin's decoder, fast lane and reference server, in process, with spoilt conversations.

`engine` runs a child process for each protocol and yields events; `talks` says what is spoilt, `spoiling` how, `trials` what must hold.
The laws (`workbench.laws`) try a few dozen inputs of each kind in a second; this goes on for as long as it is let.
"""
