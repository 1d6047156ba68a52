with

snapshots as (

    select * from {{ ref('user_daily_snapshots') }}

),

spans as (

    select
        '*' as user_id,
        min(day) as first_day,
        max(day) as last_day
    from snapshots
    having count(*) > 0

),

{{ each_day('days', 'spans', 'user_id', 'first_day', 'last_day') }},

final as (

    select
        day,
        {{ iso_week('day') }} as week,
        {{ week_start('day') }} as week_start,
        day_of_week(day) as iso_day_of_week,
        day_of_week(day) >= 6 as is_weekend,
        cast(date_trunc('month', day) as date) as month_start,
        quarter(day) as quarter,
        year(day) as year
    from days

)

select * from final
