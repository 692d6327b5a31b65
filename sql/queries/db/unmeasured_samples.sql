-- Sounds that were measured without some of the :wanted descriptors (JSON), or before it was kept.
WITH enough AS (
    SELECT m.measurement_id FROM measurements AS m
    WHERE NOT EXISTS (
        SELECT w.value FROM json_each(:wanted) AS w
        EXCEPT
        SELECT h.value FROM json_each(m.columns) AS h
    )
)
SELECT s.sample_id FROM samples AS s
WHERE s.status IN ('ok', 'silent')
    AND (s.measurement_id IS NULL OR s.measurement_id NOT IN (SELECT e.measurement_id FROM enough AS e));
