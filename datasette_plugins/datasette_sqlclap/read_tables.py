"""Tables that routes read: whoever may not see one of them is refused."""

# What routes read, as Datasette's permission `view-table` names it. Where files lie, and what keeps
# the index, is read by many and told by none: `sources`, `index_meta`, `embedding_changes`.
SAMPLES = ("samples", "descriptor_columns", "attached_rows", "attachments")
FAILED = (*SAMPLES, "ingest_failures")
VECTORS = (*SAMPLES, "embeddings", "models", "query_background")
MAP = (
    *VECTORS, "layouts", "layout_umap", "map_drawn", "clusterings", "clusters", "cluster_names",
)  # fmt: skip
TAGGED = (*SAMPLES, "labels", "anchors", "tags")
LABELS = (
    *VECTORS, *TAGGED, "votes", "reviews", "calibrations", "tag_runs", "span_vectors",
)  # fmt: skip
RECORDINGS = ("recording_times", "deployments")
TIMES = (*SAMPLES, *RECORDINGS)
CURATED = (
    *SAMPLES, "favourites", "sample_ratings", "sample_notes", "sample_collections",
    "collection_samples", "recent_uses",
)  # fmt: skip
