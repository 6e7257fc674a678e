import numpy as np

from captures.records import Interface, Metadata, Records


def test_records_count_their_packets():
    column = np.arange(3)
    assert len(Records(np.zeros(9, np.uint8), 0, *[column] * 6)) == 3


def test_an_interface_says_nothing_that_the_file_did_not_say():
    interface = Interface(link_type=1)
    assert (interface.received, interface.dropped, interface.resolution) == (-1, -1, 1_000_000)


def test_files_do_not_share_metadata():
    Metadata().interfaces.append(Interface(1))
    assert Metadata().interfaces == []
