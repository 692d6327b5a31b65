INSERT INTO metadata (sample_id, field, value, origin, said_by, trust) VALUES (?, ?, ?, ?, ?, ?);
