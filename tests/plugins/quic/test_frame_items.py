"""Whoever follows a connection can tell frames by `kind`, and finds where they were, in every one of them."""

from typing import get_args

from workbench_quic import frame_items


def test_all_begin_alike():
    for noun in get_args(frame_items.Item):
        assert noun._fields[:3] == ("kind", "start", "end"), noun


def test_all_have_their_name_on_the_door():
    assert {noun.__name__ for noun in get_args(frame_items.Item)} | {"Item"} == set(frame_items.__all__)
