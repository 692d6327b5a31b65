-- Samples that have windows under model ?: their own vectors are no moments.
SELECT DISTINCT e.sample_id
FROM embeddings AS e
WHERE e.model_id = ? AND e.window_index IS NOT NULL;
