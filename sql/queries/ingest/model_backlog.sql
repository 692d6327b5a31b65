-- Whether any sound that model ?1 knows still waits for a vector of model ?2.
SELECT EXISTS (
    SELECT 1
    FROM embeddings AS old
    JOIN samples AS s USING (sample_id)
    WHERE
        old.model_id = ?1 AND old.window_index IS NULL AND s.status = 'ok'
        AND NOT EXISTS (
            SELECT 1 FROM embeddings AS new
            WHERE new.sample_id = s.sample_id AND new.model_id = ?2 AND new.window_index IS NULL
        )
);
