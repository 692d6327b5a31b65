"""Similarity: by words, by sample, by audio, by vector."""

from sqlclap.similarity.match import Match
from sqlclap.similarity.queries import embed_sound, search_sound, search_words, stored_model_of
from sqlclap.similarity.ranking import rank_by_vector
from sqlclap.similarity.target import Target, resolve_target

__all__ = [
    "Match",
    "Target",
    "embed_sound",
    "rank_by_vector",
    "resolve_target",
    "search_sound",
    "search_words",
    "stored_model_of",
]
