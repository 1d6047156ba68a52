with

source as (

    select * from {{ source('todo_silver', 'change_events') }}

),

renamed as (

    select
        event_id,
        event_name,
        sequence_number,
        occurred_at,
        changed_at,
        actor,
        correlation_id,
        entity,
        user_id,
        entity_id,
        version,
        source.before.status as previous_status,
        source.after.status,
        source.after.priority,
        source.after.category,
        source.after.due_date,
        source.after.time_zone,
        source.after.created_at,
        dt
    from source

)

select * from renamed
