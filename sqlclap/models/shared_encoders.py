"""Encoders that the libraries of a process share: a model is loaded once, however many are open."""

from __future__ import annotations

import os
from weakref import WeakValueDictionary

from sqlclap.models.bundle import Bundle
from sqlclap.models.encoder import Encoder
from sqlclap.models.runtime import Device

_IN_USE: WeakValueDictionary[tuple[int, str, str, Device], Encoder] = WeakValueDictionary()
"""By process (what runs a model doesn't survive a fork), folder, contract and device."""


def shared_encoder(bundle: Bundle, device: Device = "cpu") -> Encoder:
    """Return the encoder that is in use already for a bundle, or a new one.

    Nothing is kept for later: it is let go with the last library that uses it.
    """
    key = (os.getpid(), str(bundle.folder), bundle.canonical, device)
    return _IN_USE.setdefault(key, _IN_USE.get(key) or Encoder(bundle, device=device))
