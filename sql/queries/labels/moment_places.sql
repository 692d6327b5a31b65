-- Where moments under model ?1 lie in their sounds: windows of long sounds, and short sounds whole,
-- with whether they are the latter.
SELECT e.embedding_id, e.start_s, e.end_s, e.window_index IS NULL
FROM embeddings AS e
WHERE e.model_id = ?1 AND (
    e.window_index IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM embeddings AS w
        WHERE w.sample_id = e.sample_id AND w.model_id = e.model_id AND w.window_index IS NOT NULL
    )
)
ORDER BY e.embedding_id;
