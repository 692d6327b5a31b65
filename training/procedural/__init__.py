"""Sounds made from nothing: drums, cymbals, percussion, synths and effects.

Every maker takes a `Dice` and returns mono samples at 44.1 kHz; the same seed gives the same sound.
"""

from __future__ import annotations

from training.procedural.catalogue import MAKERS, make_sound

__all__ = ["MAKERS", "make_sound"]
