with

calendars as (

    select * from {{ ref('int_calendars') }}

),

completions as (

    select * from {{ ref('int_completions') }}

),

active_days as (

    select distinct user_id, completed_day
    from completions

),

-- Consecutive days minus their row number give the same date, which identifies the run.
numbered as (

    select
        user_id,
        completed_day,
        date_add(
            'day',
            -row_number() over (partition by user_id order by completed_day),
            completed_day
        ) as run
    from active_days

),

runs as (

    select
        user_id,
        min(completed_day) as first_day,
        max(completed_day) as last_day
    from numbered
    group by user_id, run

),

-- A streak is current until the end of the day after its last completion: today may still bring the next one.
measured as (

    select
        runs.user_id,
        date_diff('day', runs.first_day, runs.last_day) + 1 as days,
        case
            when
                runs.first_day <= calendars.today
                and runs.last_day >= date_add('day', -1, calendars.today)
                then date_diff('day', runs.first_day, least(runs.last_day, calendars.today)) + 1
        end as current_days
    from runs
    inner join calendars
        on runs.user_id = calendars.user_id

),

longest as (

    select
        user_id,
        max(current_days) as current_days,
        max(days) as days
    from measured
    group by user_id

),

final as (

    select
        calendars.user_id,
        coalesce(longest.current_days, 0) as current,
        coalesce(longest.days, 0) as longest
    from calendars
    left join longest
        on calendars.user_id = longest.user_id

)

select * from final
