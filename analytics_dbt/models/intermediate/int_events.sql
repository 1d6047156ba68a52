{{ config(unique_key='event_id', partitioned_by=['month(created_at)']) }}

{%- set partitions = new_partitions() %}
{%- set columns = [
    'event_id', 'event_name', 'entity', 'entity_id', 'version', 'user_id', 'actor', 'changed_at', 'previous_status',
    'status', 'priority', 'category', 'due_date', 'time_zone', 'created_at', 'dt', 'pass_id',
] %}

with

events as (

    select * from {{ ref('stg_change_events') }}
    where {{ partitions.events }}

),

commits as (

    select
        entity,
        entity_id,
        event_dt,
        max(pass_id) as pass_id
    from {{ ref('stg_silver_commits') }}
    where {{ partitions.commits }}
    group by entity, entity_id, event_dt

),

final as (

    select
        events.event_id,
        events.event_name,
        events.entity,
        events.entity_id,
        events.version,
        events.user_id,
        events.actor,
        {{ stored_time('events.changed_at') }} as changed_at,
        events.previous_status,
        events.status,
        events.priority,
        events.category,
        events.due_date,
        events.time_zone,
        {{ stored_time('events.created_at') }} as created_at,
        events.dt,
        coalesce(commits.pass_id, '{{ partitions.newest or '' }}') as pass_id
    from events
    -- A full refresh also keeps events without a commit; an incremental run loads only what the commits name.
    {{ 'inner' if is_incremental() and not partitions.newest else 'left' }} join commits
        on
            events.entity = commits.entity
            and events.entity_id = commits.entity_id
            and events.dt = commits.event_dt

)

select
    {{ columns | join(',\n    ') }}
from final
{%- if partitions.removes %}

union all

-- Events that silver no longer has, because their user was erased. The merge deletes rows without a pass.
select
    {%- for column in columns %}
    {{ ('loaded.' if column in ['event_id', 'created_at'] else 'null as ') ~ column }}{{ "," if not loop.last }}
    {%- endfor %}
from {{ this }} as loaded
{%- if not partitions.newest %}
inner join commits
    on
        loaded.entity = commits.entity
        and loaded.entity_id = commits.entity_id
        and loaded.dt = commits.event_dt
{%- endif %}
where loaded.event_id not in (select event_id from final)
{%- endif %}
