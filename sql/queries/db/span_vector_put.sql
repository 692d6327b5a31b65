-- Unless the sound has changed since it was read, or is gone.
INSERT OR REPLACE INTO span_vectors (sample_id, start_s, end_s, model_id, vector, content_hash)
SELECT s.sample_id, ?2, ?3, ?4, ?5, s.content_hash
FROM samples AS s
WHERE s.sample_id = ?1 AND s.content_hash = ?6;
