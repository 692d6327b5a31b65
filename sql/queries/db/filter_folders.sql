-- Sources and the folders right below them: what a folder of a filter may have meant.
SELECT DISTINCT coalesce(nullif(rtrim(substr(s.path, 1, instr(s.path, '/')), '/'), ''), src.root)
FROM samples AS s
JOIN sources AS src USING (source_id)
ORDER BY 1
LIMIT 21;
