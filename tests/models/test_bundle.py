"""Bundles: found by name or folder, refused when anything about them is off."""

from __future__ import annotations

from pathlib import Path

import pytest

from sqlclap.errors import BundleError, UnknownModelError
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle, open_bundle
from sqlclap.models.encoder import Encoder
from tests.support.altered_bundle import copy_bundle, replace_file


@pytest.fixture
def bundle(fake_bundle: Path, tmp_path: Path) -> Path:
    return copy_bundle(fake_bundle, tmp_path / "bundle")


def use(folder: Path) -> None:
    encoder = Encoder(open_bundle(folder), threads=1)
    encoder.prepare_audio()
    encoder.embed_texts(["kick"])


def test_a_bundle_is_found_by_its_folder(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_bundle(str(bundle)).name == "fake"
    monkeypatch.setenv("HOME", str(bundle.parent))
    assert find_bundle("~/bundle").folder == bundle


def test_an_unknown_model_names_what_is_expected() -> None:
    with pytest.raises(
        UnknownModelError, match=f"no model 'nonsense': expected '{EMBEDDED_MODEL}'"
    ):
        find_bundle("nonsense")


def test_a_folder_without_a_contract_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"is no model bundle: can't read contract\.json"):
        find_bundle(str(tmp_path))


@pytest.mark.parametrize("file", ["audio.onnx", "text.onnx", "tokenizer.json"])
def test_one_altered_byte_is_refused(bundle: Path, file: str) -> None:
    content = bytearray((bundle / file).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / file).write_bytes(content)

    with pytest.raises(BundleError, match=f"{file} was altered or is incomplete.*install it again"):
        use(bundle)


@pytest.mark.parametrize("file", ["audio.onnx", "text.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(bundle: Path, file: str) -> None:
    (bundle / file).unlink()
    with pytest.raises(BundleError, match=f"can't read {file}"):
        use(bundle)


@pytest.mark.parametrize("file", ["audio.onnx", "text.onnx"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"\x08\x09" * 500])
def test_a_graph_that_is_none_is_refused_by_name(bundle: Path, file: str, content: bytes) -> None:
    replace_file(bundle, file, content)
    with pytest.raises(BundleError, match=f"{file} can't be loaded by ONNX Runtime"):
        use(bundle)


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b'{"model": {"type": "Magic"}}'])
def test_a_tokenizer_that_is_none_is_refused_by_name(bundle: Path, content: bytes) -> None:
    replace_file(bundle, "tokenizer.json", content)
    with pytest.raises(BundleError, match=r"tokenizer\.json can't be used"):
        use(bundle)


def test_a_file_outside_the_contract_is_not_read(bundle: Path) -> None:
    (bundle / "extra.bin").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"the contract lists no extra\.bin"):
        open_bundle(bundle).read("extra.bin")
