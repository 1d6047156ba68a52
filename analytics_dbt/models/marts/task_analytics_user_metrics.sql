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
        {{ stored_time('min(created_at)') }} as first_task_date,
        {{ stored_time('max(last_changed_at)') }} as last_task_date
    from tasks
    where not is_deleted
    group by user_id

)

select * from final
