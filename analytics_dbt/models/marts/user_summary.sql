with

users as (

    select * from {{ ref('int_users') }}

),

tasks as (

    select
        user_id,
        count(*) as existing,
        count_if(is_open) as still_open
    from {{ ref('task_current_state') }}
    group by user_id

),

lead_times as (

    select * from {{ ref('insight_lead_time') }}
    where week is null

),

due_dates as (

    select * from {{ ref('insight_due_dates') }}

),

completion_rates as (

    select * from {{ ref('insight_completion_rate') }}

),

streaks as (

    select * from {{ ref('insight_streak') }}

),

final as (

    select
        users.user_id,
        users.time_zone,
        users.first_seen,
        users.last_updated,
        users.total_events,
        coalesce(tasks.existing, 0) as total_tasks,
        coalesce(tasks.still_open, 0) as open_tasks,
        due_dates.overdue as overdue_tasks,
        coalesce(lead_times.n, 0) as completions,
        lead_times.p50_s as lead_time_p50_s,
        due_dates.on_time,
        completion_rates.share as completion_rate,
        streaks.current as current_streak,
        streaks.longest as longest_streak
    from users
    inner join due_dates
        on users.user_id = due_dates.user_id
    inner join completion_rates
        on users.user_id = completion_rates.user_id
    inner join streaks
        on users.user_id = streaks.user_id
    left join tasks
        on users.user_id = tasks.user_id
    left join lead_times
        on users.user_id = lead_times.user_id

)

select * from final
