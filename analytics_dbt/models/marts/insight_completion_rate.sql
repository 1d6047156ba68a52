with

calendars as (

    select * from {{ ref('int_calendars') }}

),

tasks as (

    select * from {{ ref('int_insight_tasks') }}

),

wanted as (

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
        coalesce(wanted.n, 0) as n,
        {{ share('wanted.completed', 'wanted.n') }} as share
    from calendars
    left join wanted
        on calendars.user_id = wanted.user_id

)

select * from final
