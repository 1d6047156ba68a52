{#
    How incremental models find new events. For each pass, silver's ledger lists the entities with new events and the
    dates of those events. `int_events` loads them and stamps each row with its pass. Every incremental model downstream
    stores with each row the newest pass among its inputs, and rebuilds the rows whose inputs have a newer pass than any
    of its own. So each model resumes where it was interrupted, and late events count as new whatever their date.
#}


{#
    Conditions on `events`, a relation with `pass_id` and `created_at`. `rows`: the row came after this model's last
    run. `created`: its entity was created in the same months as the entities of such rows. Both are `true` in a full
    build. `last_pass` is the newest pass in this model.

    The conditions use literals, because only literals let a query skip files. A query on `int_events` then reads only
    what newer passes wrote, or the creation months of entities with new events. All events of an entity have the same
    `created_at`.
#}
{% macro new_since_last_run(events) -%}
    {%- set found = {'rows': 'true', 'created': 'true', 'last_pass': ''} -%}
    {%- if execute and is_incremental() -%}
        {%- set last_pass = run_query('select max(pass_id) from ' ~ this)[0][0] or '' -%}
        {%- do found.update(last_pass=last_pass, rows="pass_id > '" ~ last_pass ~ "'") -%}
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
    The users in this model who are no longer in `int_events`, because their accounts were erased; empty in a full build.

    Finding them scans the whole model, so it happens only if silver removed events after `last_pass` (this model's
    newest pass) or if the ledger no longer contains that pass. A model with a row of some pass was built from an
    `int_events` that already reflected all removals up to it, so only later removals matter.
#}
{% macro erased_users(last_pass) -%}
    {%- set users = [] -%}
    {%- set events = ref('int_events') -%}
    {%- set ledger %}
        select count_if(pass_id = '{{ last_pass }}'), count_if(pass_id > '{{ last_pass }}' and events < 0)
        from {{ ref('stg_silver_commits') }}
        where {{ committed_since(last_pass) }}
    {%- endset -%}
    {%- if execute and is_incremental() and last_pass -%}
        {%- set kept, removals = run_query(ledger)[0] -%}
        {%- if removals or not kept -%}
            {%- for row in run_query('select distinct user_id from ' ~ this ~ ' where user_id not in (select user_id from ' ~ events ~ ')') -%}
                {%- do users.append(row[0]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(users) }}
{%- endmacro %}


{# A condition on the ledger: the commits of a pass and of later ones. The literal date prunes partitions. #}
{% macro committed_since(pass_id) -%}
    {%- if pass_id -%}
        dt >= date '{{ pass_id[:4] }}-{{ pass_id[4:6] }}-{{ pass_id[6:8] }}' and pass_id >= '{{ pass_id }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#
    The rows of `final` with `columns`, and the rows of erased users without a pass, so that the merge deletes them.
    `keys`: the columns by which the merge finds those rows, including the partition column. `last_pass`: as
    `new_since_last_run` returns it.
#}
{% macro final_and_erased(columns, keys, last_pass) -%}
select
    {{ columns | join(',\n    ') }}
from final
{%- set users = erased_users(last_pass) %}
{%- if users %}

union all

select
    {%- for column in columns %}
    {{ column if column in keys else 'null as ' ~ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }}
where user_id in ('{{ users | join("', '") }}')
{%- endif %}
{%- endmacro %}


{#
    What `int_events` has not yet loaded from silver. `commits`: a condition on the ledger's `dt` and passes. `events`: a
    condition on silver's `dt`. Both use literals, because only literals prune partitions, and are `true` in a full
    build. `removes`: whether a commit removed events from silver, or may have.

    The ledger keeps a month. If it no longer contains the model's newest pass, the model may have missed later ones.
    Then `events` is `true`, and all of silver is loaded again under the pass `newest`, which is none otherwise.
#}
{% macro new_partitions() -%}
    {%- set found = {'commits': 'true', 'events': 'true', 'newest': none, 'removes': false} -%}
    {%- if execute and is_incremental() -%}
        {%- set last_pass = run_query('select max(pass_id) from ' ~ this)[0][0] or '' -%}
        {%- set ledger %}
            select
                cast(min(case when pass_id > '{{ last_pass }}' then event_dt end) as varchar),
                cast(max(case when pass_id > '{{ last_pass }}' then event_dt end) as varchar),
                max(pass_id),
                count_if(pass_id = '{{ last_pass }}'),
                count_if(pass_id > '{{ last_pass }}' and events < 0)
            from {{ ref('stg_silver_commits') }}
            where {{ committed_since(last_pass) }}
        {%- endset -%}
        {%- set first, last, newest, kept, removals = run_query(ledger)[0] -%}
        {%- do found.update(commits=committed_since(last_pass) ~ " and pass_id > '" ~ last_pass ~ "'", removes=removals > 0) -%}
        {%- if not first -%}
            {%- do found.update(events='false') -%}
        {%- elif last_pass and not kept -%}
            {%- do found.update(newest=newest, removes=true) -%}
        {%- else -%}
            {%- do found.update(events="dt between date '" ~ first ~ "' and date '" ~ last ~ "'") -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
