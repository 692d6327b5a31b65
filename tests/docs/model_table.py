"""The table of models in docs/models.md, of the registry that `sqlclap models list` shows."""

from __future__ import annotations

from sqlclap.models.listing import EMBEDDED, SCORES, ListedModel
from sqlclap.models.registry import known_models

HEADER = "| model | what it is | for | words | size | ms | ESC-50 | captions | licence |"


def table() -> str:
    """Return the models that can be used, then why others are refused, as Markdown."""
    known = known_models().values()
    usable = [model for model in known if model.kind != "refused"]
    rows = [HEADER, "|---|---|---|---|--:|--:|--:|--:|---|"]
    rows.append(_row(ListedModel.of_registry(EMBEDDED), "in the wheel", "Apache-2.0"))
    for model in usable:
        listed = ListedModel.of_registry(model)
        rows.append(_row(listed, _size(listed), listed.licence or ""))
    refused = [f"- `{model.name}` is refused: {model.reason}" for model in known if model.reason]
    return "\n".join([*rows, "", *refused])


def _size(model: ListedModel) -> str:
    return f"{model.megabytes:,} MB" + (f", extra `{model.extra}`" if model.extra else "")


def _row(model: ListedModel, size: str, licence: str) -> str:
    words = "yes" if model.words else "no"
    figures = [getattr(model, name) for name in ("ms", *SCORES)]
    shown = ["" if figure is None else f"{figure:g}" for figure in figures]
    name = f"**`{model.name}`**" if model.recommended else f"`{model.name}`"
    return " | ".join(
        ["", name, model.summary, model.best_for, words, size, *shown, licence, ""]
    ).strip()
