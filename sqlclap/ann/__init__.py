"""The HNSW index beside a library: build, publish, open, catch up, search, verify."""

from sqlclap.ann.build import build_index
from sqlclap.ann.generation import Site
from sqlclap.ann.listening import BuildListener
from sqlclap.ann.meta import IndexMeta, read_state
from sqlclap.ann.policy import EXACT_BELOW, IndexParams, is_worth_building, is_worth_refreshing
from sqlclap.ann.reader import IndexReader, SidecarWarning
from sqlclap.ann.search import Allowed, Candidates, allow, find_candidates
from sqlclap.ann.view import IndexView

__all__ = [
    "EXACT_BELOW",
    "Allowed",
    "BuildListener",
    "Candidates",
    "IndexMeta",
    "IndexParams",
    "IndexReader",
    "IndexView",
    "SidecarWarning",
    "Site",
    "allow",
    "build_index",
    "find_candidates",
    "is_worth_building",
    "is_worth_refreshing",
    "read_state",
]
