"""The SQL functions, in one table: what each is called, takes and gives.

The adapters register them with a driver; docs/sql.md is written from here, and its examples are
executed.
"""

from __future__ import annotations

from sqlclap.labels.match_fields import MATCH_FILTERS, OWN_FIELDS
from sqlclap.search.fields import fields_of, names_of
from sqlclap.sqlfunctions import aggregates, label_scalars, scalars, searches
from sqlclap.sqlfunctions.query_specs import QUERY_SPECS
from sqlclap.sqlfunctions.result_rows import MATCH_COLUMNS, MOMENT_COLUMNS
from sqlclap.sqlfunctions.spec import Spec

SPECS: tuple[Spec, ...] = (
    Spec(
        name="clap_text",
        arguments=("text",),
        kind="scalar",
        gives="unit vector (BLOB of float32)",
        about="Embeds words with the library's model, in its prompt template.",
        example="SELECT length(clap_text('deep kick')) / 4 AS dimensions",
        run=scalars.text_vector,
        deterministic=True,
    ),
    Spec(
        name="clap_doubt",
        arguments=("text",),
        kind="scalar",
        gives="text, or NULL",
        about=(
            "Doubts about an answer to these words: the model doesn't know them, or the library "
            "seems to hold nothing of the kind. NULL if there are none."
        ),
        example="SELECT clap_doubt('xyzzy qwfp') AS doubt",
        run=searches.doubt,
    ),
    Spec(
        name="clap_audio",
        arguments=("blob",),
        kind="scalar",
        gives="unit vector (BLOB of float32)",
        about="Embeds encoded sound (the bytes of a WAV, FLAC, MP3 ... file), as ingest does.",
        example="SELECT length(clap_audio(:bytes)) / 4 AS dimensions",
        run=scalars.audio_vector,
        deterministic=True,
    ),
    Spec(
        name="clap_audio_file",
        arguments=("path",),
        kind="scalar",
        gives="unit vector (BLOB of float32)",
        about="Embeds a sound file of this machine. Not there in Datasette.",
        example="SELECT length(clap_audio_file('demo/sounds/drums/bd_808.ogg')) / 4 AS dimensions",
        run=scalars.file_vector,
        needs_files=True,
    ),
    Spec(
        name="clap_vector",
        arguments=("sample_id", "[start_s]", "[end_s]"),
        kind="scalar",
        gives="unit vector (BLOB of float32), or NULL",
        about=(
            "A sample's own stored vector, or that of a span of it, in seconds; NULL for one that "
            "has none, being silent, say. A span has one if it is an anchor or has a vote; others' "
            "are made by `sqlclap similar` and in Python."
        ),
        example="SELECT length(clap_vector(1)) / 4 AS dimensions",
        run=scalars.sample_vector_blob,
    ),
    Spec(
        name="clap_row_key",
        arguments=("sample_id",),
        kind="scalar",
        gives="number or text, or NULL",
        about=(
            "The key of the row of an attached table that names a sample, or of the first of "
            "several; NULL where none does. View attached_sounds has all of them."
        ),
        example="SELECT count(clap_row_key(sample_id)) AS of_rows FROM samples",
        run=scalars.row_key,
    ),
    Spec(
        name="clap_similarity",
        arguments=("a", "b"),
        kind="scalar",
        gives="number from -1 to 1, or NULL",
        about="Cosine similarity of two vectors; NULL when one of them has no direction.",
        example="SELECT round(clap_similarity(clap_vector(1), clap_vector(1)), 3) AS with_itself",
        run=scalars.similarity,
        deterministic=True,
        innocuous=True,
    ),
    Spec(
        name="clap_neighbors",
        arguments=("vector", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, score, rank}",
        about=(
            "The k samples nearest to a vector, best first, by the index where there is one, "
            "ranked on the stored vectors; with the row_key of a row of an attached table that "
            "names it. Options are a JSON object, see above: "
            f"{', '.join(names_of('sql'))}."
        ),
        example=(
            "SELECT s.path, round(n.value ->> 'score', 3) AS score\n"
            "FROM json_each(clap_neighbors(clap_vector(1), 3)) AS n\n"
            "JOIN samples AS s ON s.sample_id = n.value ->> 'sample_id'"
        ),
        run=searches.neighbors,
    ),
    Spec(
        name="clap_explain",
        arguments=("vector", "k", "[options]"),
        kind="scalar",
        gives="text",
        about="Tells which path clap_neighbors takes for the same arguments, and why.",
        example="SELECT substr(clap_explain(clap_vector(1), 3), 1, 5) AS path",
        run=searches.explain,
    ),
    Spec(
        name="clap_score",
        arguments=("label", "sample_id"),
        kind="scalar",
        gives="number from -1 to 1, or NULL",
        about=(
            "A sample's score for a label: the mean of its best anchors' similarities. NULL for a "
            "sample without a vector, or a label without anchors."
        ),
        example="SELECT name, round(clap_score(name, 1), 3) AS score FROM labels",
        run=label_scalars.score,
    ),
    Spec(
        name="clap_gap",
        arguments=("label", "sample_id"),
        kind="scalar",
        gives="number from -2 to 2, or NULL",
        about=(
            "The score's margin to its best rival: another label's score, or a negative anchor. "
            "NULL if there is no rival."
        ),
        example="SELECT name, round(clap_gap(name, 1), 3) AS gap FROM labels",
        run=label_scalars.gap,
    ),
    Spec(
        name="clap_confidence",
        arguments=("label", "sample_id"),
        kind="scalar",
        gives="'high', 'medium' or 'low', or NULL",
        about=(
            "high: score and gap reach the label's; medium: score reaches 0.85 of the threshold, "
            "and no rival is better; else low. Without a rival only a calibrated label can be high."
        ),
        example="SELECT name, clap_confidence(name, 1) AS confidence FROM labels",
        run=label_scalars.confidence,
    ),
    Spec(
        name="clap_held_back_by",
        arguments=("label", "sample_id"),
        kind="scalar",
        gives="'score', 'rival', 'no rival', two of them with a comma, or NULL",
        about=(
            "What keeps a sample from high confidence: its score is below the threshold; its gap "
            "is too small; or there is neither a rival nor a calibration. NULL if its confidence "
            "is high, or it has no score."
        ),
        example="SELECT name, clap_held_back_by(name, 1) AS held_back_by FROM labels",
        run=label_scalars.held_back_by,
    ),
    Spec(
        name="clap_rival",
        arguments=("label", "sample_id"),
        kind="scalar",
        gives="text, or NULL",
        about=(
            "The best rival for a sample: another label's name, or 'not ' and the path of a "
            "negative anchor. NULL where there is no rival, or no score."
        ),
        example="SELECT name, clap_rival(name, 1) AS rival FROM labels",
        run=label_scalars.rival,
    ),
    Spec(
        name="clap_matches",
        arguments=("label", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, score, gap, confidence, rank, ...}",
        about=(
            "The k samples that a label finds, best first: confidence, then score. Rejected ones "
            "and its own anchors are left out. Options: "
            f"{'; '.join(f'{one.name} ({one.about})' for one in fields_of('sql', OWN_FIELDS))}; "
            f"and the filters {', '.join(one.name for one in MATCH_FILTERS)}, as clap_neighbors. "
            "Each has what `sqlclap matches --json` gives but for file: rival is its score, "
            "rival_label or rival_sample_id and rival_path (a negative anchor) who that is, "
            "held_back_by as clap_held_back_by gives it; events also have start_s, end_s, peak_s "
            "and windows, how many were merged. Numbers have six decimals; those of "
            "clap_label_matches have all."
        ),
        example=(
            "SELECT l.name, m.value ->> 'sample_id' AS sample_id\n"
            "FROM labels AS l, json_each(clap_matches(l.name, 3)) AS m"
        ),
        run=label_scalars.matches,
    ),
    Spec(
        name="clap_label_matches",
        arguments=("label", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (20) samples that a label finds, as clap_matches; start_s, "
            "end_s, peak_s and windows are of events, and NULL of samples. In apsw, "
            "`sqlclap query` and `sqlclap shell`."
        ),
        example="SELECT m.rank, m.path FROM labels AS l, clap_label_matches(l.name, 3) AS m",
        run=label_scalars.match_rows,
        columns=label_scalars.MATCH_COLUMNS,
    ),
    Spec(
        name="clap_rivals",
        arguments=("label",),
        kind="scalar",
        gives="JSON object, or NULL",
        about=(
            "A label's rivals, as in `sqlclap label show`: has_rival, can_be_high, looked_at (how "
            "many best matches were examined), held_back (rivals that keep matches from high "
            "confidence) and suggested (possible rivals). It scores the whole library. NULL for "
            "a label without anchors."
        ),
        example="SELECT name, clap_rivals(name) ->> 'has_rival' AS has_rival FROM labels",
        run=label_scalars.rivals,
    ),
    Spec(
        name="clap_label_rivals",
        arguments=("label",),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the same, a row per rival. role is 'holds back' or 'suggested'; kind is "
            "'label', 'anchor' (a negative one), 'cluster' or 'sounds'; matches counts those held "
            "back; score and sample_ids (a JSON array of sounds to listen to) are of suggestions. "
            "In apsw, `sqlclap query` and `sqlclap shell`."
        ),
        example="SELECT l.name, r.role, r.name FROM labels AS l, clap_label_rivals(l.name) AS r",
        run=label_scalars.rival_rows,
        columns=label_scalars.RIVAL_COLUMNS,
    ),
    Spec(
        name="clap_precision",
        arguments=("label", "[confidence]"),
        kind="scalar",
        gives="JSON object, or NULL",
        about=(
            "The precision of the samples that reach a confidence (default 'high'), estimated "
            "from votes: precision with its bounds low and high (95 %, one-sided each), votes, "
            "above (votes on samples that reach it) and effective. NULL for a label without "
            "anchors."
        ),
        example="SELECT name, clap_precision(name) ->> 'votes' AS votes FROM labels",
        run=label_scalars.precision,
    ),
    Spec(
        name="clap_density",
        arguments=("label", "[options]"),
        kind="scalar",
        gives="JSON array of {density, low, high, unit, total, votes, ...}, or NULL",
        about=(
            "The share of sounds that hold a label, estimated from the answers to its reviews, "
            "with an interval. Options: by (any of site, deployment, year, month, date and hour, "
            "with commas: one object for each group), level (0.9: the interval's probability) and "
            "moments (true: of windows, by answers about moments). "
            "It scores the whole library. NULL for a label without anchors, or with fewer than 10 "
            "answers."
        ),
        example=(
            "SELECT l.name, d.value ->> 'density' AS density\n"
            "FROM labels AS l, json_each(clap_density(l.name)) AS d"
        ),
        run=label_scalars.density,
    ),
    Spec(
        name="clap_last_error",
        arguments=(),
        kind="scalar",
        gives="text, or NULL",
        about=(
            "The message of the last of these functions that failed on this connection, for "
            "drivers that hide it. NULL if none has failed. Not available in Datasette, which "
            "shows the message itself."
        ),
        example="SELECT ifnull(clap_last_error(), 'none has failed') AS why",
        run=scalars.last_error,
        needs_files=True,
    ),
    Spec(
        name="clap_mean_topk",
        arguments=("value", "k"),
        kind="aggregate",
        gives="number, or NULL",
        about=(
            "Mean of the k largest values; of all, where there are fewer. Rows with NULLs don't "
            "count; k is the same for all rows of a group."
        ),
        example="SELECT clap_mean_topk(value, 2) AS mean FROM json_each('[0.1, 0.9, 0.7]')",
        run=aggregates.MeanTopK,
        deterministic=True,
        innocuous=True,
    ),
    Spec(
        name="clap_centroid",
        arguments=("vector",),
        kind="aggregate",
        gives="unit vector (BLOB of float32), or NULL",
        about="Normalised mean of unit vectors: what a group of sounds has in common.",
        example=(
            "SELECT length(clap_centroid(clap_vector(sample_id))) / 4 AS dimensions\n"
            "FROM samples WHERE sample_id <= 3"
        ),
        run=aggregates.Centroid,
        deterministic=True,
        innocuous=True,
    ),
    Spec(
        name="clap_all_neighbors",
        arguments=("[k]", "[sample_ids]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (10) samples nearest to each of a JSON array of sample_ids, or to "
            "every sample, looked up thousands at a time; a sample is not among its own. Keys are "
            "those of attached tables' rows. In apsw, "
            "`sqlclap query` and `sqlclap shell`."
        ),
        example="SELECT neighbor_id FROM clap_all_neighbors(2) WHERE sample_id = 1",
        run=searches.all_neighbors,
        columns=("sample_id", "rank", "neighbor_id", "score", "row_key", "neighbor_row_key"),
    ),
    Spec(
        name="clap_search",
        arguments=("query", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (10) sounds that words describe best, or, given a vector, the "
            "nearest ones. Options as in clap_neighbors. For words, weak is 1 where a match means "
            "little, and doubt is what clap_doubt says. In apsw, `sqlclap query` and "
            "`sqlclap shell`."
        ),
        example="SELECT rank, path FROM clap_search('deep kick', 3)",
        run=searches.search_rows,
        columns=MATCH_COLUMNS,
    ),
    Spec(
        name="clap_moments",
        arguments=("query", "[k]", "[options]"),
        kind="table",
        gives="rows",
        about=(
            "Table-valued: the k (10) moments that words describe best, or, given a vector, the "
            "nearest ones: windows of long sounds, and short sounds as a whole, each with start_s "
            "and end_s. Otherwise as clap_search. With the option events, moments that follow each "
            "other are one, as `sqlclap search --events` gives them, with peak_s and windows; "
            "merge_gap and min_event say how. In apsw, `sqlclap query` and `sqlclap shell`."
        ),
        example="SELECT rank, path, start_s, end_s FROM clap_moments('deep kick', 3)",
        run=searches.moment_rows,
        columns=MOMENT_COLUMNS,
    ),
    Spec(
        name="clap_moments_json",
        arguments=("query", "k", "[options]"),
        kind="scalar",
        gives="JSON array of {sample_id, start_s, end_s, score, rank, ...}",
        about=(
            "The same as clap_moments for drivers without table-valued functions: each has what "
            "`sqlclap search --moments --json` gives but for file."
        ),
        example=(
            "SELECT m.value ->> 'path' AS path, m.value ->> 'start_s' AS start_s\n"
            "FROM json_each(clap_moments_json(clap_vector(1), 3)) AS m"
        ),
        run=searches.moments,
    ),
    *QUERY_SPECS,
)
