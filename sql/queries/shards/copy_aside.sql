-- In the catalog: gives a copy (?1) the path (?2) that its sound (of content ?3) has been put aside by.
UPDATE OR IGNORE samples SET path = ?2 WHERE sample_id = ?1 AND content_hash = ?3;
