"""Ingest: folders of sounds become rows and vectors."""

from sqlclap.deprecated import moved_name

__getattr__ = moved_name("ingest")
