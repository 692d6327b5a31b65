INSERT INTO tags (sample_id, label_id, run_id, score, gap, confidence)
VALUES (?, ?, ?, ?, ?, ?);
