{{ config(materialized='table', table_type='hive') }}

with

tasks as (

    select * from {{ ref('int_tasks') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

-- Every task counts twice: for its owner, by the owner's calendar, and for the organization, by UTC.
counted as (

    select *, user_id as insight_user_id from tasks

    union all

    select *, '*' as insight_user_id from tasks

),

final as (

    select
        calendars.user_id,
        counted.task_id,
        counted.user_id as owner_id,
        counted.status,
        counted.priority,
        counted.category,
        counted.due_date,
        counted.is_deleted,
        counted.is_open,
        counted.was_ever_completed,
        counted.was_reworked,
        {{ stored_time('counted.created_at') }} as created_at,
        {{ stored_time('counted.started_at') }} as started_at,
        {{ stored_time('counted.completed_at') }} as completed_at,
        {{ local_day('counted.created_at', 'calendars.time_zone') }} as created_day,
        {{ local_day('counted.completed_at', 'calendars.time_zone') }} as completed_day,
        calendars.as_of,
        calendars.today
    from counted
    inner join calendars
        on counted.insight_user_id = calendars.user_id

)

select * from final
