with

users as (

    select value as total from {{ ref('business_metrics_kpis') }}
    where metric = 'total_users'

),

calendars as (

    select * from {{ ref('int_calendars') }}
    where user_id = '*'

),

tasks as (

    select
        count(*) as existing,
        count_if(is_open) as still_open
    from {{ ref('task_current_state') }}

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

audience as (

    select * from {{ ref('insight_audience') }}

),

final as (

    select
        calendars.today,
        users.total as total_users,
        coalesce(audience.daily, 0) as active_today,
        coalesce(audience.weekly, 0) as active_this_week,
        coalesce(audience.monthly, 0) as active_this_month,
        tasks.existing as total_tasks,
        tasks.still_open as open_tasks,
        due_dates.overdue as overdue_tasks,
        coalesce(lead_times.n, 0) as completions,
        lead_times.p50_s as lead_time_p50_s,
        due_dates.on_time,
        completion_rates.share as completion_rate,
        {{ share('tasks.existing', 'users.total') }} as tasks_per_user
    from calendars
    cross join users
    cross join tasks
    inner join due_dates
        on calendars.user_id = due_dates.user_id
    inner join completion_rates
        on calendars.user_id = completion_rates.user_id
    left join lead_times
        on calendars.user_id = lead_times.user_id
    left join audience
        on calendars.today = audience.day

)

select * from final
