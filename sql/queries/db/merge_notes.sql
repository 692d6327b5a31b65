-- Both notes stay, one below the other; what one has already is not said twice.
INSERT INTO sample_notes (sample_id, note)
SELECT :keep, n.note FROM sample_notes AS n WHERE n.sample_id = :drop
ON CONFLICT (sample_id) DO UPDATE SET note = note || char(10) || excluded.note
WHERE instr(char(10) || note || char(10), char(10) || excluded.note || char(10)) = 0;
