with

status_intervals as (

    select * from {{ ref('int_status_intervals') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

counted as (

    select *, user_id as insight_user_id from status_intervals

    union all

    select *, '*' as insight_user_id from status_intervals

),

-- A pass reads all of silver, so events after as_of count on the day of as_of, as in every other insight.
local_intervals as (

    select
        calendars.user_id,
        calendars.today,
        counted.status,
        least({{ local_day('counted.valid_from', 'calendars.time_zone') }}, calendars.today) as entered_day,
        case
            when counted.valid_to is not null
                then least({{ local_day('counted.valid_to', 'calendars.time_zone') }}, calendars.today)
        end as left_day
    from counted
    inner join calendars
        on counted.insight_user_id = calendars.user_id

),

steps as (

    select user_id, entered_day as day, status, 1 as step
    from local_intervals

    union all

    select user_id, left_day as day, status, -1 as step
    from local_intervals
    where left_day is not null

),

daily_steps as (

    select
        user_id,
        day,
        {%- for status in task_statuses() %}
        sum(case when status = '{{ status }}' then step else 0 end) as {{ status }}{{ "," if not loop.last }}
        {%- endfor %}
    from steps
    group by user_id, day

),

spans as (

    select user_id, today, min(entered_day) as first_day
    from local_intervals
    group by user_id, today

),

{{ each_day('days', 'spans', 'user_id', 'first_day', 'today') }},

final as (

    select
        days.user_id,
        days.day,
        {%- for status in task_statuses() %}
        cast(
            sum(coalesce(daily_steps.{{ status }}, 0)) over (
                partition by days.user_id
                order by days.day
                rows between unbounded preceding and current row
            )
            as bigint
        ) as {{ status }}{{ "," if not loop.last }}
        {%- endfor %}
    from days
    left join daily_steps
        on
            days.user_id = daily_steps.user_id
            and days.day = daily_steps.day

)

select * from final
