{# The pass's clock as a timestamp literal: the var `as_of` (`2026-11-22T16:45:00.000Z`), then the variable AS_OF, then the start of this run. #}
{% macro as_of() -%}
    {%- set instant = var('as_of', none) or env_var('AS_OF', '') or run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%f')[:23] ~ 'Z' -%}
    {%- if not modules.re.match('^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$', instant) -%}
        {{ exceptions.raise_compiler_error("as_of must look like 2026-11-22T16:45:00.000Z, not '" ~ instant ~ "'") }}
    {%- endif -%}
    timestamp '{{ instant[:10] }} {{ instant[11:23] }}'
{%- endmacro %}


{# The local date in `time_zone` (an IANA name) at a UTC timestamp. #}
{% macro local_day(utc_timestamp, time_zone) -%}
    cast(at_timezone(with_timezone({{ utc_timestamp }}, 'UTC'), {{ time_zone }}) as date)
{%- endmacro %}


{# The Monday of a date's ISO week. #}
{% macro week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}


{# A date's ISO week, like `2026-W47`. The first days of January may belong to the last week of the year before. #}
{% macro iso_week(day) -%}
    cast(year_of_week({{ day }}) as varchar) || '-W' || lpad(cast(week({{ day }}) as varchar), 2, '0')
{%- endmacro %}


{#
    Two CTEs, the second called `name`: one row (`key`, `day`) for each day from `first` to `last`, which are columns of
    the CTE `spans`. Goes through the months, because one sequence() holds 10,000 entries: 27 years of days.
#}
{% macro each_day(name, spans, key, first, last) -%}
{{ name }}_months as (

    select
        {{ key }},
        {{ first }},
        {{ last }},
        cast(spine.month_start as date) as month_start
    from {{ spans }}
    cross join unnest(
        sequence(cast(date_trunc('month', {{ first }}) as date), {{ last }}, interval '1' month)
    ) as spine (month_start)

),

{{ name }} as (

    select
        {{ key }},
        cast(spine.day as date) as day
    from {{ name }}_months
    cross join unnest(
        sequence(
            greatest(month_start, {{ first }}),
            least(last_day_of_month(month_start), {{ last }}),
            interval '1' day
        )
    ) as spine (day)

)
{%- endmacro %}


{#
    A time in the only precision that Athena accepts for the model's table: six decimals of a second for Iceberg, three
    for Hive.
#}
{% macro stored_time(moment) -%}
    cast({{ moment }} as timestamp({{ 6 if config.get('table_type') == 'iceberg' else 3 }}))
{%- endmacro %}
