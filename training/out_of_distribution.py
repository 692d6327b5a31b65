"""Words that stand for nothing the model was taught: what every sound must be far from.

A contrastive model has seen only texts that fit some sound, so any text lands near one. Random
words of the vocabulary as negatives ("outlier exposure", Hendrycks et al. 2019) teach it that most
words mean none of its sounds.
"""

from __future__ import annotations

import json

import numpy as np

from training import paths
from training.caption_stage import embed_texts
from training.evaluation.unknown import UNKNOWN_CONCEPTS
from training.taxonomy.classes import CLASSES
from training.text_table import load_table, tokenizer

_SHORTEST = 4


def _ids(texts: list[str]) -> set[int]:
    return {token for entry in tokenizer().encode_batch(texts) for token in entry.ids}


def stranger_ids(nearest: float) -> list[int]:
    """Return tokens that are whole words, in no caption, and far from all classes.

    The words of `UNKNOWN_CONCEPTS` are left out as well, so that those measure what was learnt.

    Parameters
    ----------
    nearest : float
        Largest cosine to the static vector of any class's wording.
    """
    captions = json.loads((paths.TEXT / "captions.json").read_text())
    taken = _ids(captions) | _ids(list(UNKNOWN_CONCEPTS))
    vocabulary = tokenizer().get_vocab()
    words = sorted(
        token
        for word, token in vocabulary.items()
        if word.isalpha() and len(word) >= _SHORTEST and token not in taken
    )
    wordings = [word for entry in CLASSES.values() for word in entry.wordings]
    similarity = stranger_vectors(words) @ embed_texts(wordings).T
    return [
        word for word, best in zip(words, similarity.max(axis=1), strict=True) if best < nearest
    ]


def stranger_vectors(ids: list[int]) -> np.ndarray:
    """Return the static unit vectors of single tokens, shape (n, 256), float32."""
    table = load_table()
    return np.stack([table.embed([token]) for token in ids]).astype(np.float32)
