-- Windows' vectors that can't be compared, in numbers.
SELECT count(*)
FROM vec_{model_id}
WHERE is_window = 1
    AND NOT ifnull(vec_distance_l2(vector, zeroblob(length(vector))) BETWEEN 1e-15 AND 1e15, 0);
