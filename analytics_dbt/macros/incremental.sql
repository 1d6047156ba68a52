{#
    How history grows. Silver's ledger names, for each pass, the entities that it brought events of and the dates that
    these lie in. `int_events` takes them in and stamps each row with its pass; every incremental model behind it keeps
    the newest pass of what a row was made of, and makes anew what has a row of a newer pass than it has seen itself.
    So each model knows by itself where it was interrupted, and late events are new whatever their date.
#}


{#
    A condition on `key`, empty in a full build: that `events` holds a row of it from a pass this model has not seen.
    `events` is a relation with `pass_id`.
#}
{% macro has_news(key, events) -%}
    {%- if is_incremental() -%}
    where {{ key }} in (
        select {{ key }}
        from {{ events }}
        where {{ is_unseen() }}
    )
    {%- endif -%}
{%- endmacro %}


{# Whether a row's pass is newer than all that this model has seen. #}
{% macro is_unseen() -%}
    pass_id > (select coalesce(max(pass_id), '') from {{ this }})
{%- endmacro %}


{#
    The rows of `final` in the order of `columns`; in an incremental build also the keys of rows to delete, which have
    no pass: those of users that `users` no longer knows, as their accounts were erased.
#}
{% macro final_and_forgotten(columns, keys, users) -%}
select
    {{ columns | join(',\n    ') }}
from final
{%- if is_incremental() %}

union all

select
    {%- for column in columns %}
    {{ column if column in keys else 'null as ' ~ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }}
where user_id not in (select user_id from {{ users }})
{%- endif %}
{%- endmacro %}


{#
    Conditions on the partitions that hold what a model has not seen: `commits` (of the ledger's `dt`) and `events` (of
    silver's `dt`), as literals, which alone prune partitions before anything is read. Both are true in a full build.

    The ledger is kept for a month. When the newest pass that the model has seen is no longer in it, others may have gone
    unseen: then `events` is true, and `newest`, else none, is the pass under which all of silver is to be taken in anew.
#}
{% macro unseen_partitions() -%}
    {%- set found = {'commits': 'true', 'events': 'true', 'newest': none} -%}
    {%- if execute and is_incremental() -%}
        {%- set seen = run_query('select max(pass_id) from ' ~ this)[0][0] or '' -%}
        {%- if seen -%}
            {%- do found.update(commits="dt >= date '" ~ seen[:4] ~ '-' ~ seen[4:6] ~ '-' ~ seen[6:8] ~ "'") -%}
        {%- endif -%}
        {%- set ledger %}
            select
                cast(min(case when pass_id > '{{ seen }}' then event_dt end) as varchar),
                cast(max(case when pass_id > '{{ seen }}' then event_dt end) as varchar),
                max(pass_id),
                count_if(pass_id = '{{ seen }}')
            from {{ ref('stg_silver_commits') }}
            where {{ found.commits }} and pass_id >= '{{ seen }}'
        {%- endset -%}
        {%- set first, last, newest, kept = run_query(ledger)[0] -%}
        {%- if not first -%}
            {%- do found.update(events='false') -%}
        {%- elif seen and not kept -%}
            {%- do found.update(newest=newest) -%}
        {%- else -%}
            {%- do found.update(events="dt between date '" ~ first ~ "' and date '" ~ last ~ "'") -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
