"""File-name suffixes by which ingest recognises sounds (content decides once a file is open)."""

from __future__ import annotations

AUDIO_SUFFIXES = frozenset(
    {
        ".aif",
        ".aifc",
        ".aiff",
        ".au",
        ".caf",
        ".flac",
        ".mp3",
        ".oga",
        ".ogg",
        ".opus",
        ".rf64",
        ".snd",
        ".w64",
        ".wav",
        ".wave",
    }
)
"""Suffixes (lower case, with the dot) of formats that decode without any extra."""

AV_SUFFIXES = frozenset(
    {
        ".3gp",
        ".aac",
        ".ac3",
        ".amr",
        ".ape",
        ".m4a",
        ".m4b",
        ".mka",
        ".mp2",
        ".mp4",
        ".tta",
        ".webm",
        ".wma",
        ".wv",
    }
)
"""Suffixes (lower case, with the dot) of formats that need the ``av`` extra."""
