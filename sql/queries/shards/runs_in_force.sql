-- In the catalog: runs over all shards that are in force, with what they were made by.
SELECT r.run_id, l.label_id, l.name, r.params
FROM tag_runs AS r JOIN labels AS l USING (label_id)
WHERE r.undone_at IS NULL AND json_extract(r.params, '$.of_set') IS NOT NULL
ORDER BY r.run_id
