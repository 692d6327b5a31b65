-- Of a pair, rounded as spans are: another program's need not be.
DELETE FROM votes
WHERE label_id = ? AND sample_id = ? AND round(start_s, 6) IS ? AND round(end_s, 6) IS ?;
