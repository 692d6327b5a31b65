-- Where a label's tags are: those of a whole sound are at its start.
SELECT t.sample_id, t.start_s FROM tags AS t WHERE t.label_id = ?;
