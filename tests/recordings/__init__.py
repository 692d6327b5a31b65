"""Tests of recordings: when and where sounds were recorded."""
