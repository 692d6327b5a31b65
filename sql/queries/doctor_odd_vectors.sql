-- Vectors whose length is not 1 within ?1.
SELECT embedding_id
FROM vec_{model_id}
WHERE abs(vec_distance_l2(vector, vec_normalize(vector))) > ?1
    OR vec_distance_l2(vector, vec_normalize(vector)) IS NULL;
