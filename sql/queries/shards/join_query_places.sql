-- Sounds of the other library that are no answers to queries which both keep: ?1 is added to their ids.
UPDATE main.clap_queries SET
    left_out = (
        SELECT json_group_array(one.value)
        FROM (
            SELECT own.value FROM json_each(main.clap_queries.left_out) AS own
            UNION
            SELECT come.value + ?1
            FROM other.clap_queries AS o
            JOIN other.models AS om ON om.model_id = o.model_id
            JOIN main.models AS m
                ON m.model_version = om.model_version AND m.model_id = main.clap_queries.model_id
            JOIN json_each(o.left_out) AS come
            WHERE o.name = main.clap_queries.name AND o.vector = main.clap_queries.vector
        ) AS one
    )
