with

calendars as (

    select * from {{ ref('int_calendars') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

completed_once as (

    select
        user_id,
        count(*) as n,
        count_if(was_reworked) as reworked
    from tasks
    where was_ever_completed
    group by user_id

),

final as (

    select
        calendars.user_id,
        coalesce(completed_once.n, 0) as n,
        {{ share('completed_once.reworked', 'completed_once.n') }} as share
    from calendars
    left join completed_once
        on calendars.user_id = completed_once.user_id

)

select * from final
