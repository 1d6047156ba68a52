with

cumulative_flow as (

    select * from {{ ref('insight_cumulative_flow') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

-- As in the cumulative flow, events after as_of count on the day of as_of.
created as (

    select
        user_id,
        least(created_day, today) as day,
        count(*) as tasks
    from tasks
    group by user_id, least(created_day, today)

),

completed as (

    select
        user_id,
        least(completed_day, today) as day,
        count(*) as tasks
    from tasks
    where completed_day is not null
    group by user_id, least(completed_day, today)

),

final as (

    select
        cumulative_flow.user_id,
        cumulative_flow.day,
        cumulative_flow.pending,
        cumulative_flow.in_progress,
        cumulative_flow.completed,
        cumulative_flow.cancelled,
        cumulative_flow.pending + cumulative_flow.in_progress as open_tasks,
        coalesce(created.tasks, 0) as created_tasks,
        coalesce(completed.tasks, 0) as completions
    from cumulative_flow
    left join created
        on
            cumulative_flow.user_id = created.user_id
            and cumulative_flow.day = created.day
    left join completed
        on
            cumulative_flow.user_id = completed.user_id
            and cumulative_flow.day = completed.day

)

select * from final
