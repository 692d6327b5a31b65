"""The contract: read strictly, hashed canonically."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlclap.errors import BundleError
from sqlclap.models.contract import model_version, parse_contract
from tests.support.altered_bundle import read_contract
from tests.support.fused_bundle import build_fused_bundle

Keys = tuple[str, ...]
OPTIONAL = {("front_end", "tail"), ("front_end", "mono")}
FREE_FORM: Keys = ("files",)


@pytest.fixture(scope="module")
def document(fake_bundle: Path) -> dict:
    return read_contract(fake_bundle)


def leaves(node: dict, above: Keys = ()) -> Iterator[Keys]:
    for key, value in node.items():
        yield (*above, key)
        if isinstance(value, dict) and (*above, key) != FREE_FORM:
            yield from leaves(value, (*above, key))


def parent_of(document: dict, keys: Keys) -> dict:
    for key in keys[:-1]:
        document = document[key]
    return document


def without(document: dict, keys: Keys) -> dict:
    changed = copy.deepcopy(document)
    del parent_of(changed, keys)[keys[-1]]
    return changed


def with_value(document: dict, keys: Keys, value: object) -> dict:
    changed = copy.deepcopy(document)
    parent_of(changed, keys)[keys[-1]] = value
    return changed


def parse(document: object) -> object:
    return parse_contract(json.dumps(document), "mini")[0]


def test_a_good_contract_is_read(document: dict) -> None:
    contract, canonical = parse_contract(json.dumps(document, indent=3), "mini")
    assert contract.name == "fake"
    assert contract.front_end.mel is not None
    assert contract.front_end.mel.n_fft == 512
    assert contract.has_words
    assert contract.scoring.background.text is not None
    assert contract.scoring.background.text.weak_below == -1.0
    assert json.loads(canonical) == document


def test_every_field_must_be_there(document: dict) -> None:
    for keys in set(leaves(document)) - OPTIONAL:
        with pytest.raises(BundleError, match=keys[-1] if keys != ("format",) else "format 1"):
            parse(without(document, keys))


def test_no_field_may_be_unknown(document: dict) -> None:
    objects = [
        (),
        *(k for k in leaves(document) if isinstance(parent_of(document, (*k, "")), dict)),
    ]
    for keys in objects:
        if keys != FREE_FORM:
            with pytest.raises(BundleError, match="unknown field 'surprise'"):
                parse(with_value(document, (*keys, "surprise"), 1))


def is_acceptable(keys: Keys, right: object, value: object) -> bool:
    """Whether a field may also have this value."""
    if keys == ("front_end", "mel"):
        return value is None
    if isinstance(right, str):
        return isinstance(value, str) and keys[-1] in ("name", "source", "licence")
    return type(value) is type(right) and isinstance(right, bool | float)


@pytest.mark.parametrize("wrong", [None, [], "seven", True, 0.5, {"a": 1}])
def test_every_field_must_have_its_type(document: dict, wrong: object) -> None:
    for keys in leaves(document):
        right = parent_of(document, keys)[keys[-1]]
        if not is_acceptable(keys, right, wrong):
            with pytest.raises(BundleError, match="mini"):
                parse(with_value(document, keys, wrong))


@pytest.mark.parametrize(
    ("keys", "value", "rule"),
    [
        (("dim",), 0, "dim must be from 1 to"),
        (("name",), " ", "name must be 1 to 200"),
        (("pooling",), "max", "expected one of"),
        (("pooling",), "fused-views", "pooling must be fused-views where front_end.fusion is set"),
        (("front_end", "fusion"), "whole-and-thirds", "pooling must be fused-views where"),
        (("front_end", "fusion"), "random", "expected one of"),
        (("text", "prompt_template"), "a sound", "must hold {}"),
        (("text", "max_tokens"), 0, "max_tokens must be from 1 to"),
        (("scoring", "top_k"), 0, "top_k must be from 1 to"),
        (("front_end", "sample_rate"), -1, "sample_rate must be from 1"),
        (("front_end", "window_s"), 0, "window_s must hold a sample"),
        (("front_end", "resampler"), "linear", "resampler must be one of"),
        (("front_end", "padding"), "mirror", "expected one of"),
        (("front_end", "mel", "hop"), 0, "hop and n_mels must be from 1"),
        (("front_end", "mel", "fmax"), 9000, "fmax <= sample_rate / 2"),
        (("front_end", "mel", "log_floor"), 0, "log_floor must be positive"),
        (("files",), {"text.onnx": "00"}, "files must name audio.onnx"),
        (("files",), {"audio.onnx": "00", "../x": "00"}, "file names, not paths"),
        (("dim",), 10**9, "dim must be from 1 to"),
        (("name",), "\x1b[31m", "printable"),
        (("name",), "\ud800", "no JSON"),
        (("front_end", "sample_rate"), 10**12, "sample_rate must be from 1"),
        (("front_end", "window_s"), 1e12, "window_s must hold a sample, and 600 s at most"),
        (("front_end", "window_s"), 1e-12, "window_s must hold a sample"),
        (("front_end", "mel", "n_fft"), 2**40, "must be from 1 to"),
        (("scoring", "threshold"), -7, "threshold must be from -1 to 1"),
        (("scoring", "temperature"), 0, "temperature must be above 0"),
        (("format",), 2, "expected a contract of format 1, got 2"),
    ],
)
def test_values_out_of_range_are_told(document: dict, keys: Keys, value: object, rule: str) -> None:
    with pytest.raises(BundleError, match=rule):
        parse(with_value(document, keys, value))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"format": NaN}', "[" * 100_000])
def test_what_is_no_contract_is_told(text: str) -> None:
    with pytest.raises(BundleError, match="mini"):
        parse_contract(text, "mini")


def test_a_graph_that_takes_samples_needs_no_mel(document: dict) -> None:
    parse(with_value(document, ("front_end", "mel"), None))


def test_the_version_does_not_depend_on_how_the_json_is_written(document: dict) -> None:
    turned = json.loads(json.dumps(dict(reversed(document.items()))))
    assert model_version(turned) == model_version(document)
    assert len(model_version(document)) == 16
    # Fixed for ever: a library's vectors are found by it.
    canonical = rb'{"a":"\u00fc","b":[1,2.5]}'
    expected = hashlib.sha256(canonical).hexdigest()[:16]
    assert model_version({"b": [1, 2.5], "a": "ü"}) == expected == "4100d84bc3f7444e"


def test_the_version_changes_with_every_field(document: dict) -> None:
    versions = {model_version(document)}
    changes = 0
    for keys in leaves(document):
        versions.add(model_version(with_value(document, keys, "another value")))
        changes += 1
    assert len(versions) == changes + 1


def wordless(document: dict) -> dict:
    changed = with_value(document, ("text",), None)
    changed = with_value(changed, ("scoring", "background", "text"), None)
    return with_value(changed, ("files",), {"audio.onnx": "0" * 64})


def test_a_contract_may_be_of_a_model_without_words(document: dict) -> None:
    contract, _ = parse_contract(json.dumps(wordless(document)), "mini")
    assert (contract.text, contract.scoring.background.text) == (None, None)
    assert not contract.has_words


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (
            ("scoring", "background", "text"),
            {"mean": 0, "std": 1, "weak_below": -1},
            "text is null",
        ),
        (("outputs",), {"text": "embedding"}, "text is null"),
        (("files",), {"audio.onnx": "0" * 64, "text.onnx": "0" * 64}, "text is null"),
        (("files",), {"audio.onnx": "0" * 64, "tokenizer.json": "0" * 64}, "text is null"),
        (("text",), {"max_tokens": 16, "prompt_template": "{}"}, "must not be null where text"),
    ],
)
def test_half_a_text_tower_is_refused(document: dict, keys: Keys, value: object, told: str) -> None:
    with pytest.raises(BundleError, match=told):
        parse(with_value(wordless(document), keys, value))


def test_a_filter_bank_may_be_laid_out_for_another_rate(document: dict) -> None:
    bank = {"bank_rate": 32_000, "fmax": 12_000.0}
    mel = document["front_end"]["mel"] | bank
    contract, _ = parse_contract(
        json.dumps(with_value(document, ("front_end", "mel"), mel)), "mini"
    )
    assert contract.front_end.heard_hz == (20.0, 6_000.0)
    assert contract.front_end.document()["mel"]["bank_rate"] == 32_000
    with pytest.raises(BundleError, match="fmax <= sample_rate / 2"):
        parse(with_value(document, ("front_end", "mel"), mel | {"bank_rate": 20_000}))
    plain, _ = parse_contract(json.dumps(document), "mini")
    assert "bank_rate" not in plain.front_end.document()["mel"]


@pytest.mark.parametrize(
    ("keys", "value", "rule"),
    [
        (("front_end", "mel"), None, "front_end.fusion needs a mel"),
        (("front_end", "mel", "pad_mode"), "constant", "front_end.fusion needs a mel"),
        (("front_end", "mel", "hop"), 300, "hop half of n_fft at most"),
        (("front_end", "loudness"), "peak", "front_end.fusion needs loudness none"),
        (("front_end", "offset"), "removed", "front_end.fusion needs loudness none"),
        (
            ("front_end", "window_range"),
            {"shortest_s": 0.1, "longest_s": 1.0},
            "front_end.fusion needs loudness none",
        ),
    ],
)
def test_a_fusion_that_cannot_be_made_is_refused(
    tmp_path: Path, keys: Keys, value: object, rule: str
) -> None:
    document = read_contract(build_fused_bundle(tmp_path / "fused"))
    parse(document)
    with pytest.raises(BundleError, match=re.escape(rule)):
        parse(with_value(document, keys, value))
