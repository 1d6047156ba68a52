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
        -- Only versions order a task's writes: clocks may step back, and no task is finished before it was started.
        -- Every image has created_at, the first write's time, so it is known even before the first event arrives.
        greatest(
            created_at,
            max(changed_at) over (
                -- created_at depends on the task. Naming it lets a query with a condition on created_at skip files.
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
