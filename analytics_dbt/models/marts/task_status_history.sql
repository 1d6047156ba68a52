{{ config(materialized='view') }}

with

status_intervals as (

    select * from {{ ref('int_status_intervals') }}

),

final as (

    select
        task_id,
        version,
        user_id,
        previous_status,
        status,
        valid_from,
        valid_to,
        date_diff('second', valid_from, valid_to) as duration_s
    from status_intervals

)

select * from final
