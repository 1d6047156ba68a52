with

active_days as (

    select * from {{ ref('int_active_days') }}

),

-- A day of activity counts for itself and for the next 29 days, whose 30-day windows contain it.
reach as (

    select
        active_days.user_id,
        spine.days_later,
        cast(date_add('day', spine.days_later, active_days.day) as date) as day
    from active_days
    cross join unnest(sequence(0, 29)) as spine (days_later)

),

counted as (

    select
        day,
        count(distinct case when days_later = 0 then user_id end) as daily,
        count(distinct case when days_later < 7 then user_id end) as weekly,
        count(distinct user_id) as monthly
    from reach
    group by day

),

spans as (

    select today, today as last_day, min(day) as first_day
    from active_days
    group by today

),

{{ each_day('days', 'spans', 'today', 'first_day', 'last_day') }},

final as (

    select
        days.day,
        coalesce(counted.daily, 0) as daily,
        coalesce(counted.weekly, 0) as weekly,
        coalesce(counted.monthly, 0) as monthly
    from days
    left join counted
        on days.day = counted.day

)

select * from final
