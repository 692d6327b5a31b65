-- Contents that several sounds have, not all of which are new.
SELECT content_hash, bytes
FROM sounds
GROUP BY content_hash, bytes
HAVING count(*) > 1 AND min(is_new) = 0
ORDER BY content_hash, bytes;
