-- Whether a sample lacks vectors of a model that another has.
SELECT EXISTS (
    SELECT 1 FROM embeddings AS e
    WHERE e.sample_id = :other AND e.window_index IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM embeddings AS mine
            WHERE mine.sample_id = :sample_id AND mine.model_id = e.model_id
                AND mine.window_index IS NULL
        )
);
