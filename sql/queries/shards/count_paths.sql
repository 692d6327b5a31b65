-- How many sounds have each of some paths, a JSON array, below whatever source's folder.
SELECT s.path, count(*)
FROM json_each(?1) AS j
CROSS JOIN sources AS src
JOIN samples AS s ON s.source_id = src.source_id AND s.path = j.value
GROUP BY s.path
