-- The first of the numbers in the JSON array ?1 that no sample has.
SELECT wanted.value
FROM json_each(?1) AS wanted
WHERE wanted.value NOT IN (SELECT s.sample_id FROM samples AS s)
LIMIT 1;
