"""The laws: what every protocol plugin keeps, checked by running it. For `workbench plugins check` and the contract test.

A law is a function over a `Subject` (the plugin, the others, seeded randomness) that yields a sentence for each breach. What can be
seen without running a plugin is `workbench.validation`.
"""

from workbench.laws.law import LAWS, Law, check
from workbench.laws.subject import Subject

__all__ = ["LAWS", "Law", "Subject", "check"]
