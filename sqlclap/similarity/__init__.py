"""Similarity: by words, by sample, by audio, by vector."""

from sqlclap.similarity.duplicates import Duplicate, DuplicateGroup, find_duplicates
from sqlclap.similarity.filters import Filter
from sqlclap.similarity.match import Match, Matches, Moment
from sqlclap.similarity.plan import Answer, Plan, Request, SearchOptions
from sqlclap.similarity.planner import Planner
from sqlclap.similarity.queries import (
    Reading,
    embed_sound,
    search_embedded,
    search_sample,
    search_sound,
    search_words,
    stored_model_of,
)
from sqlclap.similarity.ranking import Shelf, rank_by_vector
from sqlclap.similarity.target import Target, resolve_target

__all__ = [
    "Answer",
    "Duplicate",
    "DuplicateGroup",
    "Filter",
    "Match",
    "Matches",
    "Moment",
    "Plan",
    "Planner",
    "Reading",
    "Request",
    "SearchOptions",
    "Shelf",
    "Target",
    "embed_sound",
    "find_duplicates",
    "rank_by_vector",
    "resolve_target",
    "search_embedded",
    "search_sample",
    "search_sound",
    "search_words",
    "stored_model_of",
]
