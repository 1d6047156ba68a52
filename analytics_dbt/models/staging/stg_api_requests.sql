with

source as (

    select * from {{ source('todo_silver', 'api_requests') }}

),

renamed as (

    select distinct
        request_id,
        cast(replace(substr(time, 1, 23), 'T', ' ') as timestamp(3)) as requested_at,
        coalesce(route, '(none)') as route,
        cast(status / 100 as varchar) || 'xx' as status_class,
        duration_ms,
        dt
    from source

)

select * from renamed
