-- In the catalog: copies of which people spoke.
SELECT sample_id FROM anchors
UNION SELECT sample_id FROM votes
UNION SELECT sample_id FROM tags
