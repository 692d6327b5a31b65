"""The first edition's towers, read back from its graphs: what the second goes on from.

The graphs hold convolutions with their batch normalisation folded in. It is unfolded so that the
towers compute the same: each convolution keeps its folded weights, and its normalisation undoes
itself on the statistics of a batch of training windows.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from training import paths
from training.learning.network import TwoTowers

_FIRST_LOOK = 256


def first_windows(mels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Draw the training windows by whose statistics the first edition is unfolded."""
    rows = np.random.default_rng(0).choice(len(weights), _FIRST_LOOK, p=weights)
    return mels[rows]


def _weights(name: str) -> dict[str, Tensor]:
    graph = onnx.load(str(paths.FIRST_EDITION / name)).graph
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
    return {
        key.removesuffix("_half"): torch.from_numpy(np.array(value, np.float32))
        for key, value in arrays.items()
        if value.dtype != np.int8
    }


def _folded(weights: dict[str, Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Return weight and bias of the folded convolutions, in the order they were exported."""
    numbers = sorted(int(key.rpartition("_")[2]) for key in weights if key.startswith("onnx::Conv"))
    tensors = [weights[f"onnx::Conv_{number}"] for number in numbers]
    return list(zip(tensors[::2], tensors[1::2], strict=True))


def _unfold(model: TwoTowers, folded: list[tuple[Tensor, Tensor]], mels: Tensor) -> None:
    """Put the folded weights in, and set each normalisation to leave its input plus the bias."""
    found: dict[torch.nn.Module, Tensor] = {}
    pairs = [
        (getattr(stage, part), getattr(stage, f"{part}_norm"))
        for stage in model.audio.stages
        for part in ("first", "second", "shortcut")
    ]
    for (convolution, norm), (weight, bias) in zip(pairs, folded, strict=True):
        convolution.weight.data.copy_(weight)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.data.fill_(1.0)
        norm.bias.data.copy_(bias)
        norm.register_forward_hook(lambda layer, given, _: found.update({layer: given[0]}))
    with torch.inference_mode():
        model.audio.eval()(mels)
    for (_, norm), (_, bias) in zip(pairs, folded, strict=True):
        given = found[norm].transpose(0, 1).flatten(1)
        norm.running_mean.copy_(given.mean(dim=1))
        norm.running_var.copy_(given.var(dim=1))
        norm.weight.data.copy_((norm.running_var + norm.eps).sqrt())
        norm.bias.data.copy_(bias + norm.running_mean)
        norm._forward_hooks.clear()


def go_on_from_first(model: TwoTowers, mels: np.ndarray, temperature: float) -> None:
    """Load the first edition's weights into towers of the same shape.

    Parameters
    ----------
    model : TwoTowers
    mels : np.ndarray [shape=(n, frames, n_mels)]
        Training windows, a few hundred of them.
    temperature : float
        The factor on cosines that the first edition was trained with.
    """
    audio, text = _weights("audio.onnx"), _weights("text.onnx")
    plain = {
        key.removeprefix("tower."): value for key, value in audio.items() if key.startswith("tower")
    }
    model.audio.load_state_dict(plain, strict=False)
    head = {k.removeprefix("head."): v for k, v in text.items() if k.startswith("head.")}
    model.text.load_state_dict(head)
    model.log_scale.data.fill_(float(np.log(temperature)))
    _unfold(model, _folded(audio), torch.from_numpy(mels.astype(np.float32)))
