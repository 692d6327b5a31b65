-- The index of a library that this one was copied from is not its own.
DELETE FROM index_meta
