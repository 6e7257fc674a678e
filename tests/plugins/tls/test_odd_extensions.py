import pytest

from workbench_tls.odd_extensions import EXTENSION_DATA


@pytest.mark.parametrize("kind", EXTENSION_DATA)
def test_variants_differ_and_fit_a_record(kind):
    variants = EXTENSION_DATA[kind]
    assert len(set(variants)) == len(variants) > 2
    assert all(len(data) < 65_536 for data in variants)
