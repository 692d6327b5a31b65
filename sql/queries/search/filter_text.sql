-- Words in the name, the folders or the metadata: an expression of FTS5.
sample_id IN (SELECT w.rowid FROM sound_words AS w WHERE w.sound_words MATCH :sqlclap_text)
