-- The samples whose sound a file of another library holds, where it is new at that name.
INSERT INTO put_aside
SELECT l.number
FROM left_behind AS l
WHERE NOT EXISTS (SELECT 1 FROM targets AS t WHERE t.was = l.number)
    AND EXISTS (
        SELECT 1 FROM beyond AS b
        WHERE b.content_hash = l.content_hash AND b.bytes = l.bytes
            AND b.known_hash IS NOT b.content_hash
    );
