-- The samples of a content (?1) that a file (?2) may have: those that are kept for no other one.
SELECT sample_id, has_vector, file FROM orphans
WHERE content_hash = ?1 AND NOT is_taken AND coalesce(kept_for, ?2) = ?2
ORDER BY sample_id;
