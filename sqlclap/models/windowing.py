"""Choosing the length and the hop of a model's windows: each choice is a version of the model."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from sqlclap.errors import ModelError
from sqlclap.models.bundle import Bundle
from sqlclap.models.contract import canonical_json, parse_contract

SHORTEST_HOP_S = 0.01


def set_windows(
    bundle: Bundle, window_s: float | None = None, hop_s: float | None = None
) -> Bundle:
    """Return a bundle with other windows: another contract, and so another model version.

    Parameters
    ----------
    bundle : Bundle
    window_s : float, optional
        Length of a window (in seconds); by default as it is.
    hop_s : float, optional
        Seconds between the starts of windows; by default as it is, where that fits into a window.

    Returns
    -------
    Bundle
        The same one, where nothing changes. With its own length and hop, a bundle has the version
        that it was shipped with.

    Raises
    ------
    ModelError
        The model takes no windows of this length, or the hop is longer than a window.
    """
    now = bundle.contract.front_end
    length = now.window_s if window_s is None else _checked_length(bundle, window_s)
    hop = now.hop_s if hop_s is None else _checked_hop(bundle, hop_s, length)
    shipped = bundle.shipped or bundle.canonical
    document = json.loads(shipped)
    front = document["front_end"]
    own_hop = front.get("hop_s")
    if length != front["window_s"]:
        front["window_s"] = float(length)
    fits = hop is not None and hop <= length and (hop != length or own_hop is not None)
    wanted = float(hop) if fits and hop is not None else None
    if wanted is None and own_hop is not None:
        del front["hop_s"]
    elif wanted != own_hop:
        front["hop_s"] = wanted
    canonical = canonical_json(document)
    if canonical == bundle.canonical:
        return bundle
    contract, canonical = parse_contract(canonical, str(bundle.folder))
    return replace(bundle, contract=contract, canonical=canonical, shipped=shipped)


def set_windows_as(bundle: Bundle, stored: str | None) -> Bundle:
    """Return a bundle with the windows that a library's contract of it was given.

    Parameters
    ----------
    bundle : Bundle
    stored : str or None
        JSON of the contract that a library has kept, if any; what this bundle can't do is left out.
    """
    if stored is None:
        return bundle
    try:
        front = json.loads(stored)["front_end"]
        window_s, hop_s = float(front["window_s"]), front.get("hop_s")
        lengths = bundle.contract.front_end.window_range
        fits = lengths is not None and lengths.shortest_s <= window_s <= lengths.longest_s
        length = window_s if fits else bundle.contract.front_end.window_s
        chosen = None if hop_s is None or not 0 < hop_s <= length else float(hop_s)
    except (ValueError, KeyError, TypeError, AttributeError):
        return bundle  # damaged: its vectors are not compared with this model's either
    return set_windows(bundle, length, chosen)


def _checked_length(bundle: Bundle, window_s: float) -> float:
    front = bundle.contract.front_end
    lengths = front.window_range
    if window_s == front.window_s:
        return window_s
    if lengths is None:
        raise ModelError(
            f"{bundle.name} takes windows of {front.window_s:g} s only, got {window_s:g} s: leave "
            "--window out (--hop sets how far apart they begin)"
        )
    if not lengths.shortest_s <= window_s <= lengths.longest_s:
        raise ModelError(
            f"expected a window of {lengths.shortest_s:g} to {lengths.longest_s:g} s for "
            f"{bundle.name}, got {window_s:g} s"
        )
    return window_s


def _checked_hop(bundle: Bundle, hop_s: float, window_s: float) -> float:
    rate = bundle.contract.front_end.sample_rate
    shortest = max(SHORTEST_HOP_S, 1 / rate)
    if not (math.isfinite(hop_s) and shortest <= hop_s <= window_s):
        raise ModelError(
            f"expected a hop of {shortest:g} to {window_s:g} s, the length of a window of "
            f"{bundle.name}; got {hop_s:g} s: with a longer one, sound would be left out"
        )
    return hop_s
