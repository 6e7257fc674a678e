"""Straight-line Python made from construct grammars: parsers, field trees and builders that do what the interpreter does, faster.

Generated code is never right where the interpreter is not: it raises wherever construct would, and `Doubt` where it cannot know; the
caller then asks the interpreter. A grammar with a construct that nobody here knows gets no generated code at all.
"""
