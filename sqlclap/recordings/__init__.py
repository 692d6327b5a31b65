"""Recordings: when and where sounds were recorded."""
