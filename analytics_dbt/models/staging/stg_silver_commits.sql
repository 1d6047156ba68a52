with

source as (

    select * from {{ source('todo_silver', 'silver_commits') }}

),

renamed as (

    select
        pass_id,
        committed_at,
        event_dt,
        entity,
        entity_id,
        user_id,
        events,
        dt
    from source

)

select * from renamed
