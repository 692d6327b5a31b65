-- Where samples lie; ?1 is a JSON array of sample ids.
SELECT
    s.sample_id, src.root, s.path, s.path_bytes, s.status, s.heard_share,
    (
        SELECT r.key FROM attached_rows AS r
        WHERE r.source_id = s.source_id AND r.path = s.path
        ORDER BY r.attachment_id, r.key LIMIT 1
    ) AS row_key,
    max(0, (
        SELECT count(*) FROM attached_rows AS r
        WHERE r.source_id = s.source_id AND r.path = s.path
    ) - 1) AS more_rows
FROM json_each(?1) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value
CROSS JOIN sources AS src ON src.source_id = s.source_id;
