"""LAION's names of weights become Hugging Face's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.errors import CheckpointError, RuntimeSetupError
from sqlclap_export.choose import ExportOptions, export_source
from sqlclap_export.laion import audio_architecture, rename


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("audio_branch.bn0.running_var", "audio_model.audio_encoder.batch_norm.running_var"),
        (
            "audio_branch.layers.2.blocks.5.attn.relative_position_bias_table",
            "audio_model.audio_encoder.layers.2.blocks.5.attention.self."
            "relative_position_bias_table",
        ),
        (
            "audio_branch.layers.0.blocks.1.attn.proj.weight",
            "audio_model.audio_encoder.layers.0.blocks.1.attention.output.dense.weight",
        ),
        (
            "audio_branch.layers.0.blocks.1.norm2.bias",
            "audio_model.audio_encoder.layers.0.blocks.1.layernorm_after.bias",
        ),
        (
            "audio_branch.layers.0.downsample.norm.bias",
            "audio_model.audio_encoder.layers.0.downsample.norm.bias",
        ),
        ("audio_projection.2.bias", "audio_projection.linear2.bias"),
        (
            "text_branch.encoder.layer.3.attention.self.query.weight",
            "text_model.encoder.layer.3.attention.self.query.weight",
        ),
    ],
)
def test_a_weight_gets_the_other_name(theirs: str, ours: str) -> None:
    assert list(rename({theirs: np.ones(3, np.float32)})) == [ours]


def test_query_key_and_value_are_parted_in_order() -> None:
    stem = "audio_branch.layers.0.blocks.0.attn.qkv"
    parts = rename({f"{stem}.weight": np.arange(6, dtype=np.float32)})
    name = "audio_model.audio_encoder.layers.0.blocks.0.attention.self"
    assert {key: value.tolist() for key, value in parts.items()} == {
        f"{name}.query.weight": [0.0, 1.0],
        f"{name}.key.weight": [2.0, 3.0],
        f"{name}.value.weight": [4.0, 5.0],
    }


def test_the_architecture_is_told_by_the_weights() -> None:
    patches = "audio_branch.patch_embed.proj.weight"
    path = Path("some.pt")
    assert audio_architecture({patches: np.ones((96, 1, 4, 4))}, path) == "HTSAT-tiny"
    assert audio_architecture({patches: np.ones((128, 1, 4, 4))}, path) == "HTSAT-base"
    with pytest.raises(CheckpointError, match="holds no HTSAT"):
        audio_architecture({"audio_branch.conv.weight": np.ones(3)}, path)
    fused = {patches: np.ones((96, 1, 4, 4)), "audio_branch.patch_embed.mel_conv2d.bias": 0}
    assert audio_architecture(fused, path) == "HTSAT-tiny"


def test_exporting_without_the_extra_says_what_to_install(tmp_path: Path) -> None:
    checkpoint = tmp_path / "some.pt"
    checkpoint.write_bytes(b"weights")
    with pytest.raises(RuntimeSetupError, match=r"pip install 'sqlclap\[laion\]'"):
        export_source(str(checkpoint), ExportOptions(out=str(tmp_path / "bundle")))
