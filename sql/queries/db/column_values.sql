-- Columns' values by sample; ?1 is a JSON array of sample ids.
WITH wanted AS (SELECT value AS wanted_id FROM json_each(?1))
SELECT s.sample_id, {columns}
FROM wanted
CROSS JOIN samples AS s ON s.sample_id = wanted.wanted_id
