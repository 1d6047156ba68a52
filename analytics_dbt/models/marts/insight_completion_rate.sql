with

calendars as (

    select * from {{ ref('int_calendars') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

counted as (

    select
        user_id,
        count(*) as n,
        count_if(status = 'completed') as completed
    from tasks
    where not is_deleted and status <> 'cancelled'
    group by user_id

),

final as (

    select
        calendars.user_id,
        coalesce(counted.n, 0) as n,
        {{ share('counted.completed', 'counted.n') }} as share
    from calendars
    left join counted
        on calendars.user_id = counted.user_id

)

select * from final
