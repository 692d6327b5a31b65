"""Every model that is here or can be had, beside what is known of it: what a choice is made by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlclap.errors import BundleError
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle, installed_names, offered_models
from sqlclap.models.registry import EXTRAS, KnownModel, known_models

if TYPE_CHECKING:
    from sqlclap.models.bundle import Bundle

SCORES = ("esc50_zero_shot", "audiocaps_recall_at_1")
EMBEDDED = KnownModel(
    EMBEDDED_MODEL,
    "embedded",
    "our own, of public sound",
    best_for="drums and instruments, at once",
    ms=24,
)
"""What is known of the model that comes with sqlclap, as `registry.json` has it of the others."""


@dataclass(frozen=True)
class ListedModel:
    """A model, and what to choose it by.

    Attributes
    ----------
    name : str
    state : str
        ``built in``, ``installed``, ``from PACKAGE``, ``damaged``, ``to pull`` or ``refused``.
    best_for : str
        What to take it for; empty where that isn't known.
    summary : str
        What it is. Of a damaged or a refused one: why.
    recommended : bool
        Whether it is the one to take where nothing speaks for another.
    words : bool or None
        Whether it can be asked in words; None where that isn't known.
    megabytes : int or None
        What a pull downloads, roughly.
    ms : float or None
        Milliseconds that a sound of ten seconds takes: see `KnownModel`.
    extra : str or None
        The extra that a pull takes, as the checkpoint is exported here.
    licence : str or None
        Of its weights.
    esc50_zero_shot, audiocaps_recall_at_1 : float or None
        In per cent, as published: see `KnownModel`.
    model_version : str or None
        Of one that is here.
    window_s, hop_s : float or None
        Seconds, of one that is here.
    """

    name: str
    state: str
    best_for: str
    summary: str
    recommended: bool = False
    words: bool | None = None
    megabytes: int | None = None
    ms: float | None = None
    extra: str | None = None
    licence: str | None = None
    esc50_zero_shot: float | None = None
    audiocaps_recall_at_1: float | None = None
    model_version: str | None = None
    window_s: float | None = None
    hop_s: float | None = None

    @classmethod
    def of_bundle(cls, name: str, state: str, bundle: Bundle, known: KnownModel | None) -> Self:
        """Return what is listed of a model that is here."""
        contract, front = bundle.contract, bundle.contract.front_end
        return cls(
            name,
            state,
            known.best_for if known else "",
            known.summary if known else contract.source,
            **_published(known),
            words=contract.has_words,
            licence=contract.licence,
            model_version=bundle.model_version,
            window_s=front.window_s,
            hop_s=front.hop_s or front.window_s,
        )

    @classmethod
    def of_registry(cls, known: KnownModel) -> Self:
        """Return what is listed of a model that isn't here."""
        if known.kind == "refused":
            return cls(known.name, "refused", "", known.reason, **_published(known))
        return cls(
            known.name,
            "to pull",
            known.best_for,
            known.summary,
            **_published(known),
            words=known.kind != "audio",
            megabytes=known.megabytes,
            extra=EXTRAS.get(known.kind),
            licence=known.licence,
        )


def list_models() -> list[ListedModel]:
    """List the models that are here, then those that can be pulled, then those that are refused."""
    known = {EMBEDDED_MODEL: EMBEDDED, **known_models()}
    here = _here()
    listed = [_listed(name, state, known.get(name)) for name, state in here.items()]
    away = [ListedModel.of_registry(model) for model in known.values() if model.name not in here]
    return listed + away


def _listed(name: str, state: str, known: KnownModel | None) -> ListedModel:
    try:
        return ListedModel.of_bundle(name, state, find_bundle(name), known)
    except BundleError as error:  # the others are to be listed all the same
        return ListedModel(name, "damaged", "", str(error))


def _here() -> dict[str, str]:
    """Return the models that work at once, and where they come from."""
    here = {name: f"from {model.origin}" for name, model in offered_models().items()}
    here |= dict.fromkeys(installed_names(), "installed")  # these win over offered ones
    here.pop(EMBEDDED_MODEL, None)
    return {EMBEDDED_MODEL: "built in"} | dict(sorted(here.items()))


def _published(known: KnownModel | None) -> dict[str, Any]:
    if known is None:
        return {}
    scores = {name: known.scores.get(name) for name in SCORES}
    return {"recommended": known.recommended, "ms": known.ms, **scores}
