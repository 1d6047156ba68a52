{#
    How history grows. Silver's ledger names, for each pass, the entities that it brought events of and the dates that
    these lie in. `int_events` takes them in and stamps each row with its pass; every incremental model behind it keeps
    the newest pass of what a row was made of, and makes anew what has a row of a newer pass than it has seen itself.
    So each model knows by itself where it was interrupted, and late events are new whatever their date.
#}


{#
    Conditions on the rows of `events`, a relation with `pass_id` and `created_at`: `rows`, that this model has not seen
    them; `created`, that they are of entities created in the same months as those. Both are true in a full build.
    Beside them `seen`, the newest pass of this model.

    They are literals, for only these let a query skip files: of `int_events` it then reads what newer passes wrote, and
    the months in which something was created that has news. An entity's events agree on `created_at`.
#}
{% macro unseen(events) -%}
    {%- set found = {'rows': 'true', 'created': 'true', 'seen': ''} -%}
    {%- if execute and is_incremental() -%}
        {%- set seen = run_query('select max(pass_id) from ' ~ this)[0][0] or '' -%}
        {%- do found.update(seen=seen, rows="pass_id > '" ~ seen ~ "'") -%}
        {%- set months %}
            select
                cast(cast(date_trunc('month', min(created_at)) as date) as varchar),
                cast(cast(date_add('month', 1, date_trunc('month', max(created_at))) as date) as varchar)
            from {{ events }}
            where {{ found.rows }}
        {%- endset -%}
        {%- set first, end = run_query(months)[0] -%}
        {%- set within = "created_at >= timestamp '" ~ first ~ " 00:00:00' and created_at < timestamp '" ~ end ~ " 00:00:00'" -%}
        {%- do found.update(created=within if first else 'false') -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{#
    The users in this model whom `int_events` no longer knows, as their accounts were erased; none in a full build.

    All rows are looked through for them, so only if silver has lost events since `seen`, this model's newest pass, or the
    ledger no longer goes back so far. A model that has a row of a pass was built from an `int_events` that had taken in
    all losses until then, so it has to look for later ones alone.
#}
{% macro forgotten(seen) -%}
    {%- set gone = [] -%}
    {%- set events = ref('int_events') -%}
    {%- set ledger %}
        select count_if(pass_id = '{{ seen }}'), count_if(pass_id > '{{ seen }}' and events < 0)
        from {{ ref('stg_silver_commits') }}
        where {{ committed_since(seen) }}
    {%- endset -%}
    {%- if execute and is_incremental() and seen -%}
        {%- set kept, losses = run_query(ledger)[0] -%}
        {%- if losses or not kept -%}
            {%- for row in run_query('select distinct user_id from ' ~ this ~ ' where user_id not in (select user_id from ' ~ events ~ ')') -%}
                {%- do gone.append(row[0]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(gone) }}
{%- endmacro %}


{# A condition on the ledger: the commits of a pass and later ones, the date as a literal, which prunes partitions. #}
{% macro committed_since(pass_id) -%}
    {%- if pass_id -%}
        dt >= date '{{ pass_id[:4] }}-{{ pass_id[4:6] }}-{{ pass_id[6:8] }}' and pass_id >= '{{ pass_id }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#
    The rows of `final` in the order of `columns`, and rows to delete, which have no pass: forgotten users'. `keys` are
    the columns that a merge finds those by, that of their month among them; `seen` is what `unseen` answers.
#}
{% macro final_and_forgotten(columns, keys, seen) -%}
select
    {{ columns | join(',\n    ') }}
from final
{%- set gone = forgotten(seen) %}
{%- if gone %}

union all

select
    {%- for column in columns %}
    {{ column if column in keys else 'null as ' ~ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }}
where user_id in ('{{ gone | join("', '") }}')
{%- endif %}
{%- endmacro %}


{#
    What `int_events` has not seen of silver: `commits` (a condition on the ledger's `dt` and passes) and `events` (on
    silver's `dt`), made of literals, which alone prune partitions before anything is read, both true in a full build;
    and `removes`, whether a commit took events out of silver, or may have.

    The ledger is kept for a month. When the newest pass that the model has seen is no longer in it, others may have gone
    unseen: then `events` is true, and `newest`, else none, is the pass under which all of silver is to be taken in anew.
#}
{% macro unseen_partitions() -%}
    {%- set found = {'commits': 'true', 'events': 'true', 'newest': none, 'removes': false} -%}
    {%- if execute and is_incremental() -%}
        {%- set seen = run_query('select max(pass_id) from ' ~ this)[0][0] or '' -%}
        {%- set ledger %}
            select
                cast(min(case when pass_id > '{{ seen }}' then event_dt end) as varchar),
                cast(max(case when pass_id > '{{ seen }}' then event_dt end) as varchar),
                max(pass_id),
                count_if(pass_id = '{{ seen }}'),
                count_if(pass_id > '{{ seen }}' and events < 0)
            from {{ ref('stg_silver_commits') }}
            where {{ committed_since(seen) }}
        {%- endset -%}
        {%- set first, last, newest, kept, losses = run_query(ledger)[0] -%}
        {%- do found.update(commits=committed_since(seen) ~ " and pass_id > '" ~ seen ~ "'", removes=losses > 0) -%}
        {%- if not first -%}
            {%- do found.update(events='false') -%}
        {%- elif seen and not kept -%}
            {%- do found.update(newest=newest, removes=true) -%}
        {%- else -%}
            {%- do found.update(events="dt between date '" ~ first ~ "' and date '" ~ last ~ "'") -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
