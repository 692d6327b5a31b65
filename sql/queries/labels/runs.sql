SELECT
    r.run_id, l.name, json_extract(r.params, '$.confidence'), r.tagged, r.created_at, r.undone_at
FROM tag_runs AS r
JOIN labels AS l USING (label_id)
ORDER BY r.run_id;
