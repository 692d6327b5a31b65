-- The k vectors nearest to a unit vector: samples' own (is_window = 0) or windows'.
-- A distance that is no number would end vec0's comparison within a chunk: the bounds drop it first.
SELECT embedding_id, 1.0 - distance AS score
FROM vec_{model_id}
WHERE vector MATCH ? AND k = ? AND is_window = ? AND distance >= -0.5 AND distance <= 2.5
ORDER BY distance;
