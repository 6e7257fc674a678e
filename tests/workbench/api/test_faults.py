from workbench.api import Fault, FaultKind, ProtocolSpec, datagram
from workbench.registry import load

PLANTED = {spec.name: spec for spec in load().specs if spec.training is not None}


def test_there_are_seven_kinds():
    assert len(FaultKind) == 7


def test_a_protocol_has_no_faults_by_default():
    assert ProtocolSpec(name="toy", title="Toy", frame=datagram).faults == ()


def test_every_training_server_of_ours_has_faults_of_all_kinds_under_names_of_their_own():
    for name, spec in PLANTED.items():
        assert all(isinstance(fault, Fault) and fault.example for fault in spec.faults), name
        assert {fault.kind for fault in spec.faults} == set(FaultKind), name
        assert len({fault.name for fault in spec.faults}) == len(spec.faults), name
