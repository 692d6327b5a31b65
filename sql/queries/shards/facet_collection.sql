-- In a shard: sounds by the catalog's collections that they are in (:sqlclap_collected, pairs of sounds
-- and collections); NULL: in none.
SELECT s.sample_id, j.value ->> 1 AS value
FROM samples AS s
LEFT JOIN json_each(:sqlclap_collected) AS j ON s.sample_id = j.value ->> 0;
