with

users as (

    select * from {{ ref('int_users') }}

),

final as (

    select
        user_id,
        -- Names and addresses never enter the lake. The columns stay as constants for the published SQL.
        cast('***' as varchar) as email,
        cast('***' as varchar) as name,
        first_seen,
        last_updated,
        total_events,
        event_types as max_event_types
    from users

)

select * from final
