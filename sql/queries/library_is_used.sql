-- Whether anything is stored: sounds, failures, labels, votes, or a table that is none of ours.
SELECT
    EXISTS (SELECT 1 FROM samples)
    OR EXISTS (SELECT 1 FROM ingest_failures)
    OR EXISTS (SELECT 1 FROM labels)
    OR EXISTS (
        SELECT 1 FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT GLOB 'vec_[0-9]*'
            AND name NOT IN (
                'sqlclap_migrations', 'sources', 'samples', 'ingest_failures', 'models',
                'embeddings', 'embedding_changes', 'index_meta', 'labels', 'anchors', 'reviews',
                'votes', 'tag_runs', 'tags', 'calibrations', 'layouts', 'layout_umap',
                'clusterings', 'clusters', 'cluster_names'
            )
    );
