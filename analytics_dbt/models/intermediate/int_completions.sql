{{ config(materialized='table', table_type='hive') }}

with

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

final as (

    select
        user_id,
        task_id,
        completed_at,
        completed_day,
        {{ week_start('completed_day') }} as completed_week_start,
        {{ iso_week('completed_day') }} as completed_week,
        date_diff('second', created_at, completed_at) as lead_time_s,
        -- A start after the completion means that an event is still missing, so there is no cycle time yet.
        case when started_at <= completed_at then date_diff('second', started_at, completed_at) end as cycle_time_s,
        completed_day <= due_date as is_on_time
    from tasks
    where completed_at is not null

)

select * from final
