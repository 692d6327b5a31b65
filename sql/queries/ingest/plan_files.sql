-- The files of source ?2 that were found, with what failed of them before, and what the library
-- remembers of them; whether they have a vector under model ?1.
SELECT
    f.path, f.path_bytes, f.bytes, f.mtime_ns,
    failed.path IS NOT NULL AS has_failed, failed.bytes, failed.mtime_ns, failed.stage,
    failed.reading_revision,
    s.sample_id, s.content_hash, s.bytes, s.mtime_ns, s.status,
    EXISTS (
        SELECT 1 FROM embeddings AS e
        WHERE e.sample_id = s.sample_id AND e.model_id = ?1 AND e.window_index IS NULL
    ) AS has_vector,
    s.reading_revision, s.format, s.channels, s.sample_rate, s.duration_s, s.note,
    s.spectral_centroid_hz, s.measurement_id
FROM temp.found_files AS f
LEFT JOIN samples AS s ON s.source_id = ?2 AND s.path = f.path
LEFT JOIN ingest_failures AS failed ON failed.source_id = ?2 AND failed.path = f.path
ORDER BY f.path;
