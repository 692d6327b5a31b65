-- The number of the last change to any embedding, forgotten ones included; 0 before the first.
SELECT max(
    ifnull((SELECT max(s.seq) FROM sqlite_sequence AS s WHERE s.name = 'embedding_changes'), 0),
    ifnull((SELECT max(c.seq) FROM embedding_changes AS c), 0)
);
