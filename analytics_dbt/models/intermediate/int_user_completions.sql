{{ config(materialized='table', table_type='hive') }}

with

completions as (

    select * from {{ ref('int_completions') }}
    where user_id <> '*'

),

final as (

    select user_id, task_id, completed_at, lead_time_s, cycle_time_s
    from completions

)

select * from final
