{{ config(materialized='view') }}

with

completions as (

    select * from {{ ref('int_user_completions') }}

),

-- The organization's completions are those of its users, so they are stored, and read by a query, only once.
organization as (

    select '*' as user_id, task_id, completed_at, lead_time_s, cycle_time_s
    from completions

),

final as (

    select user_id, task_id, completed_at, lead_time_s, cycle_time_s
    from completions

    union all

    select user_id, task_id, completed_at, lead_time_s, cycle_time_s
    from organization

)

select * from final
