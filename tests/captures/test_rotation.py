from pathlib import Path

from captures.rotation import Rotation, name_of


def test_only_what_can_end_a_file_rotates():
    assert not Rotation()
    assert not Rotation(keep=3)
    assert all((Rotation(bytes=1), Rotation(seconds=0.1), Rotation(packets=1)))


def test_names_sort_as_the_files_were_written():
    names = [name_of(Path("/x/a.b.pcapng"), number, 1_700_000_000_000_000_000).name for number in (1, 2, 10)]
    assert names == sorted(names)
    number, moment = names[0].removeprefix("a.b_").removesuffix(".pcapng").split("_")
    assert number == "00001"
    assert len(moment) == 14
    assert moment.startswith("202311")
