with

active_days as (

    select * from {{ ref('int_active_days') }}

),

active_weeks as (

    select distinct
        user_id,
        {{ week_start('day') }} as week_start,
        {{ week_start('today') }} as this_week_start
    from active_days

),

first_weeks as (

    select
        user_id,
        this_week_start,
        min(week_start) as cohort_start
    from active_weeks
    group by user_id, this_week_start

),

cohorts as (

    select
        cohort_start,
        this_week_start,
        count(*) as users
    from first_weeks
    group by cohort_start, this_week_start

),

returns as (

    select
        first_weeks.cohort_start,
        active_weeks.week_start,
        count(*) as users
    from first_weeks
    inner join active_weeks
        on first_weeks.user_id = active_weeks.user_id
    group by first_weeks.cohort_start, active_weeks.week_start

),

weeks as (

    select
        cohorts.cohort_start,
        cohorts.this_week_start,
        cohorts.users,
        cast(spine.week_start as date) as week_start
    from cohorts
    cross join unnest(
        sequence(cohorts.cohort_start, cohorts.this_week_start, interval '7' day)
    ) as spine (week_start)

),

final as (

    select
        {{ iso_week('weeks.cohort_start') }} as cohort,
        date_diff('week', weeks.cohort_start, weeks.week_start) as week,
        weeks.users,
        {{ share('coalesce(returns.users, 0)', 'weeks.users') }} as share,
        weeks.week_start = weeks.this_week_start as partial
    from weeks
    left join returns
        on
            weeks.cohort_start = returns.cohort_start
            and weeks.week_start = returns.week_start

)

select * from final
