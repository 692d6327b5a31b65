-- In a shard: up to which of its sounds those of other shards have been looked for whose file has
-- a new name here. NULL: nothing has been looked for since it became one.

ALTER TABLE set_membership ADD COLUMN renames_sought INTEGER;
