with

calendars as (

    select * from {{ ref('int_calendars') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

ever_completed as (

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
        coalesce(ever_completed.n, 0) as n,
        {{ share('ever_completed.reworked', 'ever_completed.n') }} as share
    from calendars
    left join ever_completed
        on calendars.user_id = ever_completed.user_id

)

select * from final
