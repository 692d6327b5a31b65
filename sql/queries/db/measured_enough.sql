-- The sets of descriptors that lack none of the :wanted ones (JSON).
SELECT m.measurement_id FROM measurements AS m
WHERE NOT EXISTS (
    SELECT w.value FROM json_each(:wanted) AS w
    EXCEPT
    SELECT h.value FROM json_each(m.columns) AS h
);
