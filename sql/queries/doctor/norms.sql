-- Vectors that can be compared, and whose length is not 1 within ?1.
SELECT count(*)
FROM vec_{model_id}
WHERE vec_distance_l2(vector, vec_normalize(vector)) > ?1
    AND vec_distance_l2(vector, zeroblob(length(vector))) BETWEEN 1e-15 AND 1e15;
