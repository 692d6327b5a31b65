-- What people said and made in a library, which can't be computed again.
SELECT
    (SELECT count(*) FROM labels) AS labels,
    (SELECT count(*) FROM anchors) AS anchors,
    (SELECT count(*) FROM votes) AS votes,
    (SELECT count(*) FROM favourites) AS favourites,
    (SELECT count(*) FROM sample_ratings) AS ratings,
    (SELECT count(*) FROM sample_notes) AS notes,
    (SELECT count(*) FROM sample_collections) AS collections,
    (SELECT count(*) FROM cluster_names WHERE source = 'person') AS "cluster names";
