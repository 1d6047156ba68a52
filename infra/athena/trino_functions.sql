-- Trino's functions where DuckDB has none, or one of another meaning. The translation calls them by these
-- names. They are written so that DuckDB's binder finds the types: a macro with typed overloads picks the
-- wrong one when an argument is an aggregate.

-- An error with this text, as a value of type VARCHAR. A failing cast, because TRY makes it null; error() is
-- refused inside TRY.
CREATE MACRO trino_fail(text) AS CAST(CAST(text AS BOOLEAN) AS VARCHAR);

-- Integers divide to integers, decimals to the larger scale, as in Trino; a zero divisor is an error.
CREATE MACRO trino_divide(a, b) AS cast_to_type(a // b, CASE WHEN FALSE THEN a + b END);

-- The result has its argument's type: a DATE stays a DATE.
CREATE MACRO trino_date_trunc(unit, x) AS cast_to_type(date_trunc(unit, x), x);
CREATE MACRO trino_add_interval(x, step) AS cast_to_type(x + step, x);

-- A value in a zone of its own is kept as that zone's wall clock in a TIMESTAMP_NS, a type nothing else uses:
-- its days and hours are right, and what needs the instant again refuses it. trino_zone() is made at start.
CREATE MACRO trino_at_time_zone(x, zone) AS CAST(
    CASE typeof(x)
        WHEN 'TIMESTAMP_NS' THEN CAST(trino_fail('NOT_SUPPORTED: a second time zone for ' || CAST(x AS VARCHAR)) AS TIMESTAMPTZ)
        ELSE CAST(x AS TIMESTAMPTZ)
    END AT TIME ZONE trino_zone(zone) AS TIMESTAMP_NS);
CREATE MACRO trino_to_unixtime(x) AS
    CASE typeof(x)
        WHEN 'TIMESTAMP_NS' THEN CAST('NOT_SUPPORTED: the instant of a value in a time zone of its own' AS DOUBLE)
        ELSE epoch(x)
    END;
CREATE MACRO trino_to_iso8601(x) AS
    CASE typeof(x)
        WHEN 'DATE' THEN CAST(x AS VARCHAR)
        WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ')
        WHEN 'TIMESTAMP_NS' THEN trino_fail('NOT_SUPPORTED: to_iso8601 of a value in a time zone of its own')
        ELSE strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')
    END;

-- Text of a timestamp has milliseconds.
CREATE MACRO trino_varchar(x) AS
    CASE typeof(x)
        WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
        WHEN 'TIMESTAMP_MS' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
        WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%g UTC')
        WHEN 'TIMESTAMP_NS' THEN trino_fail('NOT_SUPPORTED: text of a value in a time zone of its own')
        ELSE CAST(x AS VARCHAR)
    END;

-- Casts to integers round half away from zero and take whole numbers only from text.
CREATE MACRO trino_integral(x) AS
    CASE typeof(x)
        WHEN 'DOUBLE' THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS HUGEINT)
        WHEN 'FLOAT' THEN CAST(round(TRY_CAST(x AS DOUBLE)) AS HUGEINT)
        WHEN 'VARCHAR' THEN
            CASE
                WHEN x IS NULL OR regexp_full_match(CAST(x AS VARCHAR), '\s*[+-]?\d+\s*') THEN CAST(x AS HUGEINT)
                ELSE CAST('Cannot cast ''' || CAST(x AS VARCHAR) || ''' to INT' AS HUGEINT)
            END
        ELSE CAST(x AS HUGEINT)
    END;
CREATE MACRO trino_try_integral(x) AS
    CASE
        WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN TRY_CAST(round(TRY_CAST(x AS DOUBLE)) AS HUGEINT)
        WHEN typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), '\s*[+-]?\d+\s*') THEN TRY_CAST(x AS HUGEINT)
    END;

-- Text is cast to a date or timestamp only in SQL's own form: `2026-01-31T10:00:00Z` is not it.
CREATE MACRO trino_temporal_text(x, pattern) AS
    CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), pattern)
        THEN cast_to_type(trino_fail('Cannot cast ''' || CAST(x AS VARCHAR) || ''' to a date or timestamp'), x)
        ELSE x
    END;
CREATE MACRO trino_try_temporal_text(x, pattern) AS
    CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), pattern) THEN NULL ELSE x END;

-- A text literal beside a value that is no text is an error in Trino; strip_accents() makes the binder
-- say so: it takes text alone, and Trino has no such function.
CREATE MACRO trino_text(x, text) AS CASE WHEN FALSE THEN strip_accents(x) ELSE text END;

-- Up or down from a to b, both ends included; works for integers and dates, with a step of 1 or one day.
CREATE MACRO trino_sequence(a, b) AS list_transform(
    generate_series(
        0,
        CASE WHEN abs(b - a) >= 10000 THEN CAST('too many: a sequence' AS BIGINT) ELSE CAST(b - a AS BIGINT) END,
        CASE WHEN b < a THEN -1 ELSE 1 END),
    lambda i: cast_to_type(a + CAST(i AS INTEGER), a));
CREATE MACRO trino_sequence_step(a, b, step) AS list_transform(
    CASE WHEN length(generate_series(a, b, step)) > 10000
        THEN list_transform([trino_fail('too many: a sequence')], lambda text: cast_to_type(text, b + step))
        ELSE generate_series(a, b, step)
    END,
    lambda v: cast_to_type(v, a));

CREATE MACRO trino_slice(items, first, size) AS
    CASE WHEN first > 0 THEN items[first : first + size - 1]
        ELSE items[length(items) + first + 1 : length(items) + first + size]
    END;

-- In the order of first appearance.
CREATE MACRO trino_array_distinct(items) AS
    list_filter(items, lambda item, place: list_position(items, item) = place);

CREATE MACRO trino_json_extract_scalar(document, path) AS
    CASE WHEN json_type(json_extract(document, path)) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
        ELSE json_extract_string(document, path)
    END;

CREATE MACRO trino_regexp_extract(text, pattern, part := 0) AS
    CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, part) END;
