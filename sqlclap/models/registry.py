"""The registry of models that can be pulled by name, read from `registry.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sqlclap.errors import RefusedModelError, UnknownModelError

EXTRAS = {"huggingface": "export", "laion": "laion", "msclap": "msclap"}
"""What a pull of a checkpoint takes, by its kind."""


@dataclass(frozen=True)
class KnownModel:
    """A model of the registry.

    Attributes
    ----------
    name, summary : str
    kind : {"embedded", "onnx", "audio", "huggingface", "laion", "msclap", "refused"}
        Comes with sqlclap; ready graphs in a hub repository; a ready graph without words; a
        checkpoint in Hugging Face's layout, of LAION or of Microsoft, which is exported here; known
        not to work.
    repository, revision : str
        On the hub.
    of : str
        The repository whose weights the graphs were made from.
    file, architecture : str
        The file of a graph without words, or of a checkpoint; and the audio tower of LAION's as
        `laion_clap` names it.
    tokenizer : str
        The repository of the tokenizer, where it is another one.
    interface : mapping
        Of a graph without words: the fields of `sqlclap.models.add.Interface`.
    untried : str
        What about it was not tried by sqlclap's own tests.
    licence : str
    megabytes : int
        What is downloaded, roughly.
    sha256 : mapping of str to str
        Hashes of the repository's files, where they are known beforehand.
    reason : str
        Why it is refused.
    best_for : str
        What to take it for.
    recommended : bool
        Whether it is the one to take where nothing speaks for another.
    scores : mapping of str to float
        In per cent, of the Massive Audio Embedding Benchmark (MAEB, August 2026):
        ``esc50_zero_shot``, accuracy over 50 classes of everyday sounds named in words, and
        ``audiocaps_recall_at_1``, how often the clip that a caption describes comes first.
    ms : float or None
        Milliseconds of work that a sound of ten seconds takes, from its file to its vectors, of
        two cores: measured as docs/BENCHMARKS-models.md says, not on your machine.
    """

    name: str
    kind: Literal["embedded", "onnx", "audio", "huggingface", "laion", "msclap", "refused"]
    summary: str
    repository: str = ""
    revision: str = "main"
    of: str = ""
    file: str = ""
    architecture: str = ""
    tokenizer: str = ""
    interface: Mapping[str, Any] = field(default_factory=dict)
    untried: str = ""
    licence: str = ""
    megabytes: int = 0
    sha256: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    best_for: str = ""
    recommended: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)
    ms: float | None = None

    @property
    def source(self) -> str:
        """Where the weights come from, in words."""
        return f"{self.repository}, of {self.of}" if self.of else self.repository


@cache
def known_models() -> dict[str, KnownModel]:
    """Return the registry by name."""
    text = Path(__file__).with_name("registry.json").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = json.loads(text)
    return {name: KnownModel(name=name, **entry) for name, entry in entries.items()}


def find_known(name: str) -> KnownModel:
    """Return a model of the registry that can be used.

    Raises
    ------
    UnknownModelError
        There is none of that name.
    RefusedModelError
        It is known not to work; the message says why.
    """
    models = known_models()
    if name not in models:
        usable = [model.name for model in models.values() if model.kind != "refused"]
        raise UnknownModelError(
            f"no model {name!r} to pull: expected one of {', '.join(usable)}; other checkpoints "
            "of Hugging Face go through `sqlclap models export OWNER/NAME`"
        )
    model = models[name]
    if model.kind == "refused":
        raise RefusedModelError(f"{name} is not offered: {model.reason}")
    return model
