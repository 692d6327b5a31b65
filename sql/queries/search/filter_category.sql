-- Of a category or a subcategory, or one of the Universal Category System's CatIDs.
sample_id IN (
    SELECT d.sample_id FROM sound_descriptions AS d WHERE d.category = :sqlclap_category
    UNION ALL
    SELECT d.sample_id FROM sound_descriptions AS d WHERE d.subcategory = :sqlclap_category
    UNION ALL
    SELECT d.sample_id
    FROM sound_descriptions AS d
    WHERE d.category || d.subcategory = :sqlclap_category COLLATE NOCASE
        AND d.category IS NOT NULL
)
