INSERT INTO tags (sample_id, start_s, end_s, label_id, run_id, score, gap, confidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);
