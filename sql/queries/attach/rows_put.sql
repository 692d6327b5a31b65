-- Rows that are new or differ; the others are not written.
INSERT INTO attached_rows (
    attachment_id, key, source_id, path, path_bytes, start_s, end_s, problem
)
SELECT ?1, n.key, n.source_id, n.path, n.path_bytes, n.start_s, n.end_s, n.problem
FROM temp.attached_new AS n
WHERE true
ON CONFLICT (attachment_id, key) DO UPDATE
SET source_id = excluded.source_id, path = excluded.path, path_bytes = excluded.path_bytes,
    start_s = excluded.start_s, end_s = excluded.end_s, problem = excluded.problem,
    noticed_at = excluded.noticed_at
WHERE (source_id, path, path_bytes, start_s, end_s, problem)
    IS NOT (
        excluded.source_id, excluded.path, excluded.path_bytes, excluded.start_s, excluded.end_s,
        excluded.problem
    );
