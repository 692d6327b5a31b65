UPDATE calibrations SET in_force = 0
WHERE label_id = ? AND model_id = ? AND in_force = 1
RETURNING replaced;
