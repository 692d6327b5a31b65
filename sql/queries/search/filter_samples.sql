-- The ids of the samples that a filter lets through; its conditions follow.
SELECT group_concat(sample_id)
FROM samples
JOIN sources USING (source_id)
WHERE
