"""Checkpoints of the registry: what of them is downloaded, and who makes graphs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Literal

from sqlclap.errors import DownloadError, RuntimeSetupError
from sqlclap.models.bundle import Bundle
from sqlclap.models.hub import HubRequest, HubSnapshot, fetch
from sqlclap.models.registry import EXTRAS, KnownModel

CONVERTERS = "sqlclap.checkpoints"
"""Entry points by kind of checkpoint: each takes a `Checkpoint` and installs a bundle."""

KINDS = tuple(EXTRAS)
"""Kinds of models of the registry that are checkpoints."""

TOKENIZER = "tokenizer.json"
CHECKPOINT_FILES = ("config.json", "preprocessor_config.json", TOKENIZER)
"""What a checkpoint in Hugging Face's layout has besides weights."""

_SETTINGS = ("tokenizer_config.json",)
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Checkpoint:
    """A downloaded checkpoint, to be converted and installed.

    Attributes
    ----------
    model : KnownModel
    fetched : HubSnapshot
    name : str
        The installed model's.
    precision : {"fp32", "fp16", "int8"}
    approve : callable
        Called after the bundle was checked, before it is put in force.
    """

    model: KnownModel
    fetched: HubSnapshot
    name: str
    precision: Literal["fp32", "fp16", "int8"]
    approve: Callable[[], None]


def find_converter(kind: str) -> Callable[[Checkpoint], Bundle]:
    """Return the installed converter for a kind of checkpoint.

    Raises
    ------
    RuntimeSetupError
        No package brings one.
    """
    for point in entry_points(group=CONVERTERS, name=kind):
        convert: Callable[[Checkpoint], Bundle] = point.load()
        return convert
    raise RuntimeSetupError(
        f"no installed package converts {kind} checkpoints: reinstall sqlclap, which brings one"
    )


def fetch_model(model: KnownModel, force: bool, show_progress: bool) -> HubSnapshot:
    """Fetch a checkpoint of the registry, and the tokenizer that it takes from elsewhere.

    Raises
    ------
    DownloadError
        See `fetch`.
    """
    if model.kind == "huggingface":
        request = HubRequest(model.repository, CHECKPOINT_FILES, (), model.revision, force)
        return fetch_checkpoint(request, show_progress)
    request = HubRequest(model.repository, [model.file], (), model.revision, force)
    fetched = fetch(request, show_progress)
    if not model.tokenizer:
        return fetched
    words = fetch(HubRequest(model.tokenizer, [TOKENIZER], (), "main", force), show_progress)
    return replace(
        fetched,
        paths={**fetched.paths, **words.paths},
        sha256={**fetched.sha256, **words.sha256},
    )


def fetch_checkpoint(request: HubRequest, show_progress: bool) -> HubSnapshot:
    """Fetch a checkpoint in Hugging Face's layout; weights as safetensors where they are offered.

    Parameters
    ----------
    request : HubRequest
        For `CHECKPOINT_FILES`.
    show_progress : bool

    Raises
    ------
    DownloadError
        See `fetch`; or it has no weights.
    """
    small = fetch(replace(request, optional=_SETTINGS))
    for file in _WEIGHTS:
        wanted = (*_SETTINGS, file)
        fetched = fetch(
            replace(request, optional=wanted, revision=small.revision, force=False), show_progress
        )
        if file in fetched.paths:
            return fetched
    raise DownloadError(f"{request.repository} has neither {_WEIGHTS[0]} nor {_WEIGHTS[1]}")
