-- Sounds that come as vectors alone: of the source ?1, names ?2 (a JSON array), ?3 where from.
INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns, duration_s, status, note)
SELECT ?1, j.value, '', 0, 0, 0.0, 'missing', ?3
FROM json_each(?2) AS j
RETURNING sample_id, path;
