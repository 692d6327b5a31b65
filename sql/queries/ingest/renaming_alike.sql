-- Whether another file than ?2 has a size (?1), here or in another library.
SELECT 1 FROM sizes WHERE bytes = ?1 AND number <> ?2
UNION ALL
SELECT 1 FROM beyond WHERE bytes = ?1
LIMIT 1;
