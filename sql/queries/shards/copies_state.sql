-- Of samples, [[key, sample_id], ...], what they hold and whether their file is there.
SELECT json_extract(j.value, '$[0]'), p.sample_id, p.content_hash, p.status
FROM json_each(?1) AS j
JOIN samples AS p ON p.sample_id = json_extract(j.value, '$[1]')
