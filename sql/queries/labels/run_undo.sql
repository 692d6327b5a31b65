UPDATE tag_runs SET undone_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE run_id = ? AND undone_at IS NULL
RETURNING run_id;
