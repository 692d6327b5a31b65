-- What was read of a sound is replaced: another program may have read it meanwhile.
DELETE FROM sound_descriptions WHERE sample_id = ?;
