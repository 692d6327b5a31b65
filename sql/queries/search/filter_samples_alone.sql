-- The same where no condition speaks of sources: a look-up less for each sample.
SELECT group_concat(sample_id)
FROM samples
WHERE
