-- The recordings that have vectors of model ?1, with when and where.
SELECT
    s.sample_id, src.source_id, src.root, s.path, s.path_bytes, s.duration_s, t.started_at,
    d.deployment_id, d.name, d.latitude, d.longitude, d.habitat, d.recorder, d.notes
FROM samples AS s
JOIN sources AS src USING (source_id)
LEFT JOIN recording_times AS t USING (sample_id)
LEFT JOIN deployments AS d USING (deployment_id)
WHERE EXISTS (SELECT 1 FROM embeddings AS e WHERE e.sample_id = s.sample_id AND e.model_id = ?1)
ORDER BY src.root, s.path;
