-- A column's values by sample; ?1 is a JSON array of sample ids.
SELECT s.sample_id, {columns}
FROM json_each(?1) AS wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.value
