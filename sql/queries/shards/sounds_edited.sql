-- Of samples, those that hold something else than is told, [[key, sample_id, content_hash], ...].
SELECT json_extract(j.value, '$[0]'), p.sample_id
FROM json_each(?1) AS j
JOIN samples AS p ON p.sample_id = json_extract(j.value, '$[1]')
WHERE p.content_hash <> json_extract(j.value, '$[2]') AND p.status IN ('ok', 'silent')
