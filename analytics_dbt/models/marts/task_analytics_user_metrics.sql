with

tasks as (

    select * from {{ ref('int_tasks') }}

),

final as (

    select
        user_id,
        count(*) as total_tasks,
        count_if(status = 'completed') as completed_tasks,
        count_if(status = 'pending') as pending_tasks,
        count_if(status = 'in_progress') as in_progress_tasks,
        -- Hive has no other precision; Iceberg's is 6.
        cast(min(created_at) as timestamp(3)) as first_task_date,
        cast(max(last_changed_at) as timestamp(3)) as last_task_date
    from tasks
    where not is_deleted
    group by user_id

)

select * from final
