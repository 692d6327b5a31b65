-- Sounds by whole names that hold something else than is told, [[key, name, content_hash], ...].
SELECT json_extract(j.value, '$[0]'), p.sample_id
FROM json_each(?1) AS j
CROSS JOIN sources AS s
JOIN samples AS p
    ON p.source_id = s.source_id AND p.path = substr(json_extract(j.value, '$[1]'), length(rtrim(s.root, '/')) + 2)
WHERE json_extract(j.value, '$[1]') = rtrim(s.root, '/') || '/' || p.path
    AND p.content_hash <> json_extract(j.value, '$[2]')
    AND p.status IN ('ok', 'silent')
