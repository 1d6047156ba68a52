with

completions as (

    select * from {{ ref('int_completions') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

first_weeks as (

    select user_id, min(completed_week_start) as first_week_start
    from completions
    group by user_id

),

-- Weeks without a completion count as 0, so the weeks come from a sequence. A first completion may be after as_of, and
-- sequence() can't run backwards.
weeks as (

    select
        first_weeks.user_id,
        calendars.today,
        cast(spine.week_start as date) as week_start
    from first_weeks
    inner join calendars
        on first_weeks.user_id = calendars.user_id
    cross join unnest(
        sequence(
            first_weeks.first_week_start,
            greatest(first_weeks.first_week_start, {{ week_start('calendars.today') }}),
            interval '7' day
        )
    ) as spine (week_start)

),

weekly as (

    select user_id, completed_week_start, count(*) as completed
    from completions
    group by user_id, completed_week_start

),

final as (

    select
        weeks.user_id,
        {{ iso_week('weeks.week_start') }} as week,
        coalesce(weekly.completed, 0) as completed
    from weeks
    left join weekly
        on
            weeks.user_id = weekly.user_id
            and weeks.week_start = weekly.completed_week_start
    where weeks.week_start <= weeks.today

)

select * from final
