"""When stored vectors hold under a contract that only refines theirs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

# Front end rules that only change what was heard of sounds that the earlier rule lost: which ones
# those are, `sqlclap.audio.may_sound_otherwise` tells. By field: a value and what it refines.
_REFINED_RULES = {
    "mono": ("mean-unless-cancelled", "mean"),
    "offset": ("removed-where-larger", "kept"),
}


def refines(canonical: str, stored: str, stored_version: str) -> bool:
    """Whether vectors of a stored contract hold under another, but for sounds that it lost.

    That is so when the two differ in nothing but the rules for channels that cancel each other
    out and for constant levels: name, graphs, tokenizer and all else are the same.

    Parameters
    ----------
    canonical : str
        The contract of the bundle at hand, as canonical JSON.
    stored, stored_version : str
        What a library has kept of the model that made its vectors.

    Returns
    -------
    bool
        False too where `stored` isn't what its version says.
    """
    if hashlib.sha256(stored.encode("utf-8")).hexdigest()[:16] != stored_version:
        return False
    new, old = json.loads(canonical), json.loads(stored)
    return canonical != stored and _with_earlier_rules(new, old) == old


def _with_earlier_rules(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Put the rules of `old` in the place of those of `new` that refine them."""
    rules, earlier = dict(new["front_end"]), old.get("front_end", {})
    for field, (refined, before) in _REFINED_RULES.items():
        if rules.get(field) == refined and earlier.get(field, before) == before:
            rules.pop(field)
            rules |= {field: earlier[field]} if field in earlier else {}
    return new | {"front_end": rules}
