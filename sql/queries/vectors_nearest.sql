-- The k vectors nearest to a unit vector: samples' own (is_window = 0) or windows'.
SELECT embedding_id, 1.0 - distance AS score
FROM vec_{model_id}
WHERE vector MATCH ? AND k = ? AND is_window = ?
ORDER BY distance;
