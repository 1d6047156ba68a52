{#
    Nearest-rank percentiles of a duration, per owner over all time (week null) and by week of completion: of n values
    in ascending order the ceil(p/100 * n)-th. That is the first value whose position * 100 reaches p * n, which needs
    no division. `completions` is a relation with user_id, completed_week and the column `seconds`; nulls do not count.
#}
{% macro duration_percentiles(completions, seconds) -%}
with

measured as (

    select user_id, cast(null as varchar) as week, {{ seconds }} as seconds
    from {{ completions }}
    where {{ seconds }} is not null

    union all

    select user_id, completed_week as week, {{ seconds }} as seconds
    from {{ completions }}
    where {{ seconds }} is not null

),

ranked as (

    select
        user_id,
        week,
        seconds,
        row_number() over (partition by user_id, week order by seconds) as position,
        count(*) over (partition by user_id, week) as n
    from measured

),

final as (

    select
        user_id,
        week,
        count(*) as n,
        {%- for p in [50, 85, 95] %}
        min(case when position * 100 >= {{ p }} * n then seconds end) as p{{ p }}_s{{ "," if not loop.last }}
        {%- endfor %}
    from ranked
    group by user_id, week

)

select * from final
{%- endmacro %}
