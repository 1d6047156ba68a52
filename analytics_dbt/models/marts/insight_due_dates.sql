with

calendars as (

    select * from {{ ref('int_calendars') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

completions as (

    select * from {{ ref('int_completions') }}

),

overdue as (

    select user_id, count(*) as overdue
    from tasks
    where is_open and due_date < today
    group by user_id

),

punctuality as (

    select
        user_id,
        count_if(is_on_time) as on_time,
        count(is_on_time) as with_due_date
    from completions
    group by user_id

),

final as (

    select
        calendars.user_id,
        coalesce(overdue.overdue, 0) as overdue,
        {{ share('punctuality.on_time', 'punctuality.with_due_date') }} as on_time
    from calendars
    left join overdue
        on calendars.user_id = overdue.user_id
    left join punctuality
        on calendars.user_id = punctuality.user_id

)

select * from final
