"""Fake bundles with something changed, their contracts in step (unless that is the point)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.support.fake_bundle import MELS, fake_contract, write_contract

QUIET_DB = -55.0  # a window whose log-mel is on average below this breaks `refusing_quiet`


def copy_bundle(bundle: Path, folder: Path) -> Path:
    """Copy a bundle and return its new folder."""
    return Path(shutil.copytree(bundle, folder))


def read_contract(folder: Path) -> dict:
    """Return the contract's document."""
    return json.loads((folder / "contract.json").read_text(encoding="utf-8"))


def alter_graph(folder: Path, file: str, alter: Callable[[ModelProto], None]) -> Path:
    """Change a graph and bring the contract's hashes up to date."""
    model = onnx.load(folder / file)
    alter(model)
    return replace_file(folder, file, model.SerializeToString())


def replace_file(folder: Path, file: str, content: bytes) -> Path:
    """Replace a file and bring the contract's hashes up to date."""
    (folder / file).write_bytes(content)
    document = read_contract(folder)
    document["files"] = fake_contract(folder, "")["files"]
    write_contract(folder, document)
    return folder


def set_weights(name: str, weights: np.ndarray) -> Callable[[ModelProto], None]:
    """Make an alteration that replaces an initializer."""

    def alter(model: ModelProto) -> None:
        for tensor in model.graph.initializer:
            if tensor.name == name:
                tensor.CopyFrom(numpy_helper.from_array(weights.astype(np.float32), name))

    return alter


def take_four_axes(model: ModelProto) -> None:
    """Let the audio graph take (batch, channel, frames, mels), as LAION's does."""
    graph = model.graph
    graph.node[0].input[0] = "squeezed"
    graph.node.insert(0, helper.make_node("Squeeze", ["features", "channel"], ["squeezed"]))
    graph.initializer.append(numpy_helper.from_array(np.array([1], dtype=np.int64), "channel"))
    shape: list[str | int | None] = ["batch", 1, None, MELS]
    graph.input[0].CopyFrom(helper.make_tensor_value_info("features", TensorProto.FLOAT, shape))


def take_one_at_a_time(model: ModelProto) -> None:
    """Fix the batch to one window, as careless exports do."""
    _fix_batch(model, 1)


def take_three_at_a_time(model: ModelProto) -> None:
    """Fix the batch to three windows, neither more nor fewer."""
    _fix_batch(model, 3)


def _fix_batch(model: ModelProto, windows: int) -> None:
    shape = [windows, 21, MELS]
    model.graph.input[0].CopyFrom(
        helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)
    )


def refuse_quiet(model: ModelProto) -> None:
    """Give no direction to windows that are nearly empty, such as a click."""
    graph = model.graph
    graph.node[-1].output[0] = "raw"
    graph.node.extend(
        [
            helper.make_node("ReduceMean", ["features", "all_axes"], ["level"], keepdims=0),
            helper.make_node("Greater", ["level", "quiet"], ["is_loud"]),
            helper.make_node("Cast", ["is_loud"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "time"], ["column"]),
            helper.make_node("Mul", ["raw", "column"], ["embedding"]),
        ]
    )
    for name, value in {"all_axes": np.array([1, 2]), "quiet": np.float32(QUIET_DB)}.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
