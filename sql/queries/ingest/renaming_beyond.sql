-- Files of other libraries that may hold what samples have lost which no file here holds.
SELECT b.file
FROM beyond AS b
WHERE b.bytes IN (
    SELECT l.bytes FROM left_behind AS l
    WHERE NOT EXISTS (SELECT 1 FROM targets AS t WHERE t.was = l.number)
)
ORDER BY b.file;
