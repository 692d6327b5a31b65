-- What samples have lost and files have taken up.
SELECT DISTINCT c.content_hash
FROM candidates AS c
WHERE EXISTS (SELECT 1 FROM left_behind AS l WHERE l.content_hash = c.content_hash)
ORDER BY c.content_hash;
