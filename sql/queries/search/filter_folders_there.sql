-- The folders that samples lie in, with their source's.
SELECT DISTINCT root, rtrim(path, replace(path, '/', '')) AS folder
FROM samples
JOIN sources USING (source_id);
