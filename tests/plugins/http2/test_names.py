"""Names of numbers."""

import pytest

from workbench_http2.names import FLAGS, PREFACE, Setting, Type, error_name, setting_name, type_name


def test_the_preface():
    assert PREFACE.hex() == "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (type_name(0), "DATA"),
        (type_name(0x10), "PRIORITY_UPDATE"),
        (type_name(0x42), "type 0x42"),
        (setting_name(8), "ENABLE_CONNECT_PROTOCOL"),
        (setting_name(9), "NO_RFC7540_PRIORITIES"),
        (setting_name(7), "setting 0x7"),
        (error_name(13), "HTTP_1_1_REQUIRED"),
        (error_name(14), "error 0xe"),
    ],
)
def test_names(name, text):
    assert name == text


def test_flags_of_a_type_are_different_bits():
    for flags in FLAGS.values():
        masks = [mask for mask, _, _ in flags]
        assert sum(masks) == sum(set(masks))
    assert set(FLAGS) <= set(Type)
    assert Setting(0x6).name == "MAX_HEADER_LIST_SIZE"
