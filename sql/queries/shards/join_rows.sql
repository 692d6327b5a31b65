-- Rows of a table that tells of sounds, ?1 added to their ids.
INSERT INTO {table} (sample_id, {columns}) SELECT sample_id + ?1, {columns} FROM other.{table}
