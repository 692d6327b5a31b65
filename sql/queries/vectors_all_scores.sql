-- Every vector's score, best first: for more than the 4096 that vec0 gives at once.
SELECT embedding_id, 1.0 - vec_distance_cosine(vector, ?) AS score
FROM vec_{model_id}
WHERE is_window = ?
ORDER BY score DESC, embedding_id
LIMIT ?;
