{{ config(materialized='view') }}

with

tasks as (

    select * from {{ ref('int_tasks') }}

),

final as (

    select
        task_id,
        user_id,
        version,
        status,
        priority,
        category,
        due_date,
        is_open,
        created_at,
        started_at,
        completed_at,
        last_changed_at
    from tasks
    where not is_deleted

)

select * from final
