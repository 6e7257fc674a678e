from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from workbench.analysis.field_values import all_values, fields_of, first_value
from workbench.registry import load
from workbench.session import Session


def test_values_are_the_same_before_and_after_a_tree_was_grown(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", tcp_frames([request("/a"), response(status=404)]))
    with Session.open(path, load()) as session:
        asking, telling = session.messages()
    for _ in range(2):
        assert first_value(telling, "http.response.code") == 404
        assert len(all_values(asking, "http.request.line")) == 1
        assert all_values(asking, "http.response.code") == []
        assert first_value(asking, "http.response.code") is None
        assert fields_of(asking)["http.request.uri"] == "/a"
        assert asking.root.children
        assert telling.root.children
