import dataclasses
import itertools

from construct import Computed, GreedyBytes, Int8ub, Int16ub, Struct

from support.toy import SEEDS, TOY, answer, changed, toy_message
from workbench.api import Confidence, Field, Handoff, Message, Seed, deferred, framed, length_prefixed
from workbench.laws import Subject
from workbench.laws.decoding import (
    limits_hold,
    nothing_raises,
    seeds_decode_clean,
    seeds_rebuild,
    spans_nest,
    splits_do_not_matter,
)

LAWS = (limits_hold, nothing_raises, seeds_decode_clean, seeds_rebuild, spans_nest, splits_do_not_matter)


class Decoder:
    """Each chunk is a message: already against the law. Subclasses break further ones."""

    def __init__(self, context):
        self.context = context

    def message(self, chunk):
        size = len(chunk.data)
        return Message(
            protocol="toy",
            direction=chunk.direction,
            start=chunk.offset,
            end=chunk.end,
            raw=chunk.data,
            root=Field("toy", 0, size),
            value=chunk.data,
        )

    def receive(self, chunk):
        yield self.message(chunk)

    def finish(self, direction):
        return ()


def _with(decoder, **slots):
    return changed(decoder=decoder, grammar=None, frame=None, encode=lambda message: message.raw, **slots)


def _breaches(law, spec) -> str:
    """The first few breaches, as one text."""
    return "\n".join(itertools.islice(law(Subject(spec, rounds=5)), 3))


def test_a_sound_plugin():
    for law in LAWS:
        assert list(law(Subject(TOY, rounds=10))) == []


def test_seeds_must_be_whole_messages():
    half = Seed("half", (toy_message("ping", 1)[:5], toy_message("ping", 1)[5:]))
    assert "2 messages decode to 1" in _breaches(seeds_decode_clean, changed(seeds=(half,)))


def test_seeds_must_be_without_errors():
    spoilt = Seed("spoilt", (toy_message("ping", 1)[:-1] + b"\xff",))
    assert "checksum" in _breaches(seeds_decode_clean, changed(seeds=(spoilt,)))


def test_seeds_must_be_of_this_protocol():
    junk = changed(seeds=(Seed("junk", (b"\xff\xff\xff\xff",)),), frame=length_prefixed(2, longest=99))
    assert "are data, not toy" in _breaches(seeds_decode_clean, junk)


def test_a_decoder_that_sees_chunks_breaks_the_split_law():
    assert "byte by byte" in _breaches(splits_do_not_matter, _with(Decoder))
    assert "byte by byte" in _breaches(splits_do_not_matter, _with(Decoder, transport="quic"))


def test_datagrams_cannot_be_split():
    assert _breaches(splits_do_not_matter, _with(Decoder, transport="udp")) == ""


def test_a_decoder_that_raises_is_named_with_its_place():
    class Raising(Decoder):
        def receive(self, chunk):
            if chunk.data[:1] > b"\x80":
                raise ValueError("surprise")
            yield self.message(chunk)

    told = _breaches(nothing_raises, _with(Raising))
    assert "the decoder raises ValueError: surprise" in told
    assert "test_decoding.py" in told
    assert "input " in told


def test_after_a_hand_off_nothing_more_is_fed():
    class Leaving(Decoder):
        left = False

        def receive(self, chunk):
            assert not self.left
            self.left = True
            yield Handoff(None)

    assert _breaches(nothing_raises, _with(Leaving)) == ""


def test_a_probe_must_answer():
    assert "no Confidence" in _breaches(nothing_raises, changed(probe=lambda *_: True))
    assert "IndexError" in _breaches(nothing_raises, changed(probe=lambda data, _: Confidence(data[40])))


def test_a_server_must_survive_whatever_comes():
    known = {data for seed in SEEDS for data in seed.messages}
    fragile = framed(length_prefixed(2), lambda frame: answer(frame) if frame in known else 1 // 0)
    told = "\n".join(nothing_raises(Subject(changed(server=fragile), rounds=40)))
    assert "the server raises ZeroDivisionError" in told


def test_a_field_outside_its_message_is_a_breach():
    class Wide(Decoder):
        def message(self, chunk):
            plain = super().message(chunk)
            return dataclasses.replace(plain, root=Field("toy", 0, plain.end - plain.start, children=(Field("x", 0, 9999),)))

    told = _breaches(spans_nest, _with(Wide))
    assert "spans [0, 9999)" in told


def test_a_child_outside_its_parent_is_a_breach():
    class Crossed(Decoder):
        def message(self, chunk):
            plain = super().message(chunk)
            size = len(chunk.data)
            parent = Field("parent", 0, size // 2, children=(Field("child", size // 2, size),))
            return dataclasses.replace(plain, root=Field("toy", 0, size, children=(parent,)))

    assert "is outside 'parent'" in _breaches(spans_nest, _with(Crossed))


def test_bits_stay_inside_their_bytes():
    class Bits(Decoder):
        def message(self, chunk):
            plain = super().message(chunk)
            return dataclasses.replace(plain, root=Field("toy", 0, len(chunk.data), bits=(0, 8 * len(chunk.data) + 1)))

    assert "has bits" in _breaches(spans_nest, _with(Bits))


def test_a_deferred_tree_says_what_was_said_of_it():
    def late(said):
        class Late(Decoder):
            def message(self, chunk):
                size = len(chunk.data)
                children = (Field("size", 0, size, size, (), "toy.size"),)
                flat = {"toy.size": size} if said is None else said
                return dataclasses.replace(super().message(chunk), root=deferred("toy", size, "toy", lambda: children, flat))

        return _breaches(spans_nest, _with(Late))

    assert late(None) == ""
    assert "a deferred tree does not say" in late({})
    assert "a deferred tree does not say" in late({"toy.size": -1})


def test_a_view_that_is_not_there_is_a_breach():
    class Lost(Decoder):
        def message(self, chunk):
            return dataclasses.replace(super().message(chunk), root=Field("toy", 0, 0, view=3))

    assert "points into view 3" in _breaches(spans_nest, _with(Lost))


def test_bytes_that_no_message_covers_are_a_breach():
    class Forgetful(Decoder):
        def receive(self, chunk):
            if len(chunk.data) % 2:
                yield self.message(chunk)

    assert "of 1" in _breaches(spans_nest, _with(Forgetful, seeds=SEEDS))


def test_what_is_rebuilt_must_be_the_same():
    loose = Struct("length" / Int16ub, "kind" / Int8ub, "rest" / GreedyBytes, "zero" / Computed(0))
    assert _breaches(seeds_rebuild, changed(grammar=loose, server=None)) == ""
    assert "is rebuilt as" in _breaches(seeds_rebuild, changed(encode=lambda message: message.raw[:-1], server=None))


def test_a_message_without_value_cannot_be_rebuilt():
    class Valueless(Decoder):
        def message(self, chunk):
            return dataclasses.replace(super().message(chunk), value=None)

    assert "has no value" in _breaches(seeds_rebuild, _with(Valueless))


def test_a_decoder_without_limits_is_a_breach():
    assert "bytes where 262144 are allowed" in _breaches(limits_hold, _with(Decoder))


def test_a_tree_without_limits_is_a_breach():
    class Bushy(Decoder):
        def message(self, chunk):
            leaves = tuple(Field("leaf", 0, 1) for _ in range(30_000))
            return dataclasses.replace(super().message(chunk), root=Field("toy", 0, len(chunk.data), children=leaves))

    assert "fields where 20000 are allowed" in _breaches(limits_hold, _with(Bushy))


def test_slots_must_give_what_they_promise():
    assert "the exchange of the toy plugin gives [1] (list)" in _breaches(nothing_raises, changed(exchange=lambda _: [1]))
    assert "the check of the toy plugin gives" in _breaches(seeds_decode_clean, changed(check=lambda _: ["text"]))
    assert "the label of the toy plugin raised ZeroDivisionError" in _breaches(seeds_decode_clean, changed(label=lambda _: 1 / 0))


def test_where_undecoded_bytes_behind_a_handover_are_cut_does_not_matter():
    class Leaves(Decoder):
        def receive(self, chunk):
            yield Handoff(None, (chunk,), "leaves")

    assert _breaches(splits_do_not_matter, _with(Leaves, ports=(), probe=lambda *_: Confidence.NO)) == ""
