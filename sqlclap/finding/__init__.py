"""Composed queries: words, sounds, labels and vectors together, more of some and less of others."""
