-- What a composed query puts first in a set: ?1 the query, ?2 how many, ?3 the options.
SELECT * FROM clap_query(?1, ?2, ?3) ORDER BY rank;
