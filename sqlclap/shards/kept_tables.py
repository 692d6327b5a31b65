"""Which tables of a library tell of its sounds and nothing else, and their columns."""

from __future__ import annotations

OF_SOUNDS = {
    "favourites": ("added_at",),
    "recent_uses": ("action", "used_at", "uses"),
    "sample_notes": ("note", "written_at"),
    "sample_ratings": ("rating", "rated_at"),
}
"""Recording times and metadata are read from the files again by the next ingest; places on the
set's map and in its clusters go along; a shard's own map and stored neighbours are made anew."""
