-- The same where words in names, folders and metadata are all that is asked for: FTS5 knows the
-- sounds by their numbers, and looking each up among the samples takes ten times as long.
SELECT group_concat(w.rowid)
FROM sound_words AS w
WHERE w.sound_words MATCH :sqlclap_text;
