"""The scenes of labelled vectors, as the label tests have them."""

from __future__ import annotations

from tests.labels.conftest import make_scene

__all__ = ["make_scene"]
