INSERT INTO tag_runs (label_id, model_id, params, tagged)
VALUES (?, ?, ?, ?)
RETURNING run_id;
