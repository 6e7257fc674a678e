from workbench_websocket import limits


def test_a_chain_of_plausible_frames_fits_where_it_is_looked_for():
    assert limits.MAX_JUNK > limits.CHAIN * (limits.PLAUSIBLE + 14)


def test_one_message_cannot_use_up_all_that_a_direction_may_unfold_to():
    assert limits.MAX_INFLATED < limits.MAX_SURPLUS
