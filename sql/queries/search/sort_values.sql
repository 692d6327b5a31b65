-- A column's values by sample; ?1 is a JSON array of sample ids.
SELECT sample_id, {columns}
FROM samples
WHERE sample_id IN (SELECT value FROM json_each(?1))
