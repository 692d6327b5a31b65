-- Removes the sounds that the function says are of other slots.
DELETE FROM samples WHERE sample_id IN (
    SELECT p.sample_id
    FROM samples AS p JOIN sources AS s ON s.source_id = p.source_id
    WHERE NOT sqlclap_in_slots(s.root, p.path)
)
