"""Similarity: by words, by sample, by audio, by vector."""

from sqlclap.similarity.background import Background, refresh_background
from sqlclap.similarity.duplicates import Duplicate, DuplicateGroup, find_duplicates
from sqlclap.similarity.filters import Filter
from sqlclap.similarity.judgement import (
    Doubt,
    Judgement,
    Words,
    chance_floor,
    in_words,
    judge_words,
    word_doubts,
)
from sqlclap.similarity.match import Match, Matches, Moment
from sqlclap.similarity.plan import Answer, Plan, Request, SearchOptions
from sqlclap.similarity.planner import Planner
from sqlclap.similarity.queries import (
    embed_sound,
    hear_sound,
    search_embedded,
    search_sample,
    search_sound,
    search_words,
    words_judge,
)
from sqlclap.similarity.ranking import nearest_samples, rank_by_vector
from sqlclap.similarity.target import Target, resolve_target
from sqlclap.similarity.verify import Verified, verify_duplicates
from sqlclap.similarity.versions import KINDS

__all__ = [
    "KINDS",
    "Answer",
    "Background",
    "Doubt",
    "Duplicate",
    "DuplicateGroup",
    "Filter",
    "Judgement",
    "Match",
    "Matches",
    "Moment",
    "Plan",
    "Planner",
    "Request",
    "SearchOptions",
    "Target",
    "Verified",
    "Words",
    "chance_floor",
    "embed_sound",
    "find_duplicates",
    "hear_sound",
    "in_words",
    "judge_words",
    "nearest_samples",
    "rank_by_vector",
    "refresh_background",
    "resolve_target",
    "search_embedded",
    "search_sample",
    "search_sound",
    "search_words",
    "verify_duplicates",
    "word_doubts",
    "words_judge",
]
