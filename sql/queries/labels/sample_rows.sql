-- Where samples lie; ?1 is a JSON array of sample ids.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, s.status, s.heard_share
FROM json_each(?1) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value
CROSS JOIN sources AS src ON src.source_id = s.source_id;
