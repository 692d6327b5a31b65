INSERT OR REPLACE INTO stored_neighbors (model_id, sample_id, rank, neighbor_id, score)
VALUES (?, ?, ?, ?, ?);
