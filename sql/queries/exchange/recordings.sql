SELECT s.sample_id, src.root, s.path, s.duration_s, s.sample_rate
FROM samples AS s
JOIN sources AS src USING (source_id)
ORDER BY s.sample_id;
