with

open_tasks as (

    select * from {{ ref('int_insight_tasks') }}
    where is_open

),

lead_times as (

    select user_id, p85_s
    from {{ ref('insight_lead_time') }}
    where week is null

),

final as (

    select
        open_tasks.user_id,
        open_tasks.task_id,
        open_tasks.status,
        date_diff('day', open_tasks.created_day, open_tasks.today) as age_days,
        -- The owner's p85 decides, also in the organization's rows.
        date_diff('second', open_tasks.created_at, open_tasks.as_of) > lead_times.p85_s as beyond_p85
    from open_tasks
    left join lead_times
        on open_tasks.owner_id = lead_times.user_id

)

select * from final
