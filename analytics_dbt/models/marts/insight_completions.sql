{{ config(materialized='view') }}

with

completions as (

    select * from {{ ref('int_user_completions') }}

),

-- What the organization completed is what its users did, so it is stored once; a query for either reads it once.
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
