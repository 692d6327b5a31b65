-- In the catalog: the copies of sounds of which it keeps something itself: those that lie at nodes.
SELECT sample_id FROM favourites
UNION SELECT sample_id FROM sample_ratings
UNION SELECT sample_id FROM sample_notes
UNION SELECT sample_id FROM recent_uses;
