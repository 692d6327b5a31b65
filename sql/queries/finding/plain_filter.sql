-- The condition of samples that pass a filter, whose own conditions follow.
e.sample_id IN (SELECT sample_id FROM samples JOIN sources USING (source_id) WHERE
