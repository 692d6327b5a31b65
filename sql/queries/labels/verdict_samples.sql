SELECT sample_id FROM label_verdicts WHERE label_id = ? AND verdict = ? AND start_s IS NULL;
