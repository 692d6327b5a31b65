-- Ids of about ?2 samples' own vectors, evenly spread.
SELECT embedding_id
FROM (
    SELECT embedding_id, row_number() OVER (ORDER BY embedding_id) AS place, count(*) OVER () AS n
    FROM embeddings
    WHERE model_id = ?1 AND window_index IS NULL
)
WHERE n <= ?2 OR place % ((n + ?2 - 1) / ?2) = 0
ORDER BY embedding_id;
