-- What the library remembers of a source's files, for the ingest plan.
SELECT
    s.sample_id, s.path, s.path_bytes, s.content_hash, s.bytes, s.mtime_ns, s.status,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ? AND e.window_index IS NULL
    ) AS has_vector,
    s.reading_revision, s.format, s.channels, s.sample_rate, s.duration_s, s.note,
    s.spectral_centroid_hz
FROM samples AS s
WHERE s.source_id = ?;
