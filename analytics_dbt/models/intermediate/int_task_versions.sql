{{ config(materialized='view') }}

with

events as (

    select * from {{ ref('int_events') }}

),

final as (

    select
        entity_id as task_id,
        version,
        user_id,
        event_name = 'remove' as is_deletion,
        previous_status,
        status,
        priority,
        category,
        due_date,
        created_at,
        -- Versions alone order a task's writes; clocks may step back, and a task can't be finished before it was begun.
        -- created_at, the first write's time, is in every image: it holds even where the first event hasn't come yet.
        greatest(
            created_at,
            max(changed_at) over (
                -- The task alone, but a query can skip files by what it asks of created_at only if that is named here.
                partition by entity_id, created_at
                order by version
                rows between unbounded preceding and current row
            )
        ) as effective_at,
        pass_id
    from events
    where entity = 'task'

)

select * from final
