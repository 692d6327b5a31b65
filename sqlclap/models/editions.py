"""Editions of the embedded model: a library goes on with the one that made its vectors.

Editions have one name and different contracts, so different versions, whose vectors are never
compared. The newest is taken for new libraries; former ones ship beside it for the libraries that
hold their vectors, until those are made anew.
"""

from __future__ import annotations

import json

from sqlclap.models.bundle import EMBEDDED_MODEL, Bundle, former_folders, open_bundle


def edition_of(bundle: Bundle, stored: str | None) -> Bundle:
    """Return the edition of the embedded model that made a library's vectors.

    Parameters
    ----------
    bundle : Bundle
        Any model; all but the embedded one are returned as they are.
    stored : str or None
        JSON of the contract that the library has kept of it, if any.
    """
    if bundle.name != EMBEDDED_MODEL or stored is None:
        return bundle
    graph = _audio_graph(stored)
    if graph is None or graph == bundle.contract.files["audio.onnx"]:
        return bundle
    for folder in former_folders():
        former = open_bundle(folder)
        if former.contract.files["audio.onnx"] == graph:
            return former
    return bundle


def is_former(bundle: Bundle) -> bool:
    """Whether a bundle is a former edition of the embedded model."""
    return bundle.folder in former_folders()


def is_former_version(version: str) -> bool:
    """Whether a model version is that of a former edition, with its own windows."""
    return any(open_bundle(folder).model_version == version for folder in former_folders())


def _audio_graph(stored: str) -> str | None:
    try:
        graph = json.loads(stored)["files"]["audio.onnx"]
    except (ValueError, KeyError, TypeError):
        return None  # damaged, or declared: no graph of ours made its vectors
    return graph if isinstance(graph, str) else None
