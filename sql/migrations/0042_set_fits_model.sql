-- Of which model a set's map and clusters are: after a change of the model they are not in force, and
-- are again when it is changed back.

ALTER TABLE set_fits ADD COLUMN model_id INTEGER;

UPDATE set_fits SET model_id = (SELECT model_id FROM models WHERE is_default = 1);
