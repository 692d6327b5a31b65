-- Where a label's tags are.
SELECT t.sample_id, NULL AS start_s FROM tags AS t WHERE t.label_id = ?;
