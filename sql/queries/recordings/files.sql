-- Where samples lie, and the deployment that they are said to be of.
SELECT s.sample_id, src.root, s.path, s.path_bytes, t.deployment_id
FROM recording_times AS t
JOIN samples AS s USING (sample_id)
JOIN sources AS src USING (source_id);
