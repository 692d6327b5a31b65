-- Lets a library's ids of sounds go on from the highest that either library has given.
UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'samples'
