"""Models whose vectors were made elsewhere: they have no bundle, at most a text tower of one."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlclap.errors import BundleError, MissingModelError
from sqlclap.models.bundle import Bundle, find_named_bundle
from sqlclap.models.encoder import Encoder

if TYPE_CHECKING:
    from sqlclap.audio.front_end import FrontEnd
    from sqlclap.models.towers import Tower

DEFAULT_SCORING = {
    "threshold": 0.75,
    "gap": 0.1,
    "top_k": 3,
    "background": {"audio": {"mean": 0.0, "std": 1.0, "weak_below": -1.0}},
}
"""Defaults for labels of a model of which nothing was measured."""


def words_document(bundle: Bundle, dim: int) -> dict[str, str]:
    """Return what a declared model's contract says of the bundle that embeds words for it.

    Raises
    ------
    NoTextTowerError
        The bundle has no words.
    BundleError
        Its vectors have another dimension.
    """
    _ = bundle.text
    if bundle.contract.dim != dim:
        raise BundleError(
            f"{bundle.name} embeds words as {bundle.contract.dim:,} numbers, and these vectors "
            f"have {dim:,}: name the model whose space they are of"
        )
    return {"bundle": bundle.name, "version": bundle.model_version}


KEPT = "kept"
DECLARED = "declared"
"""The source of a declared model, in its contract."""


def is_declared(contract: str) -> bool:
    """Whether a stored contract was declared for vectors that came from elsewhere."""
    return _read(contract).get("source") == DECLARED


def keeps_lengths(contract: str) -> bool:
    """Whether a declared model's vectors are stored with the lengths that they came with."""
    return _read(contract).get("normalisation") == KEPT


def has_no_bundle(contract: str) -> bool:
    """Whether a stored contract is of a model that no bundle can be of: it has no front end."""
    return "front_end" not in _read(contract)


def open_declared(name: str, contract: str) -> Bundle:
    """Open the bundle that embeds words for a declared model, under the model's own contract.

    Raises
    ------
    MissingModelError
        No text tower was declared, or its bundle is not installed, or of another version.
    """
    words = _read(contract).get("text")
    if not isinstance(words, dict) or not isinstance(words.get("bundle"), str):
        raise MissingModelError(
            f"{name}, whose vectors the library holds, was declared without a model for words: its "
            "own sounds can be compared with each other, but words and other sounds can't"
        )
    try:
        bundle = find_named_bundle(words["bundle"])
    except LookupError as error:
        raise MissingModelError(f"{name} takes its words from another model: {error}") from error
    if bundle.model_version != words.get("version"):
        raise MissingModelError(
            f"{name} takes its words from {bundle.name} ({words.get('version')}), and installed is "
            f"{bundle.model_version}: install that version"
        )
    return replace(
        bundle, contract=replace(bundle.contract, name=name), canonical=contract, shipped=""
    )


def _read(contract: str) -> dict[str, Any]:
    try:
        found = json.loads(contract)
    except (TypeError, ValueError, RecursionError):  # another program may have written it
        return {}
    return found if isinstance(found, dict) else {}


class WordsEncoder(Encoder):
    """Embeds words for a declared model; how its sounds became vectors is not known here."""

    @cached_property
    def front_end(self) -> FrontEnd:
        """Raise: vectors of a declared model are made elsewhere, without a front end.

        Raises
        ------
        MissingModelError
        """
        raise self._refusal()

    @cached_property
    def _checked_audio(self) -> Tower:
        raise self._refusal()

    def _refusal(self) -> MissingModelError:
        return MissingModelError(
            f"the vectors of {self.bundle.name} were made elsewhere: words and the library's own "
            "sounds can be searched by, other sounds can't"
        )
