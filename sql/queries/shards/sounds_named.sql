-- Sounds by whole names, [[key, name], ...]: wherever their sources' borders lie.
SELECT json_extract(j.value, '$[0]'), p.sample_id
FROM json_each(?1) AS j
CROSS JOIN sources AS s
JOIN samples AS p
    ON p.source_id = s.source_id AND p.path = substr(json_extract(j.value, '$[1]'), length(rtrim(s.root, '/')) + 2)
WHERE json_extract(j.value, '$[1]') = rtrim(s.root, '/') || '/' || p.path
