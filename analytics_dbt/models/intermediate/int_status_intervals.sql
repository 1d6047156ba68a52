with

task_versions as (

    select * from {{ ref('int_task_versions') }}

),

-- A write that leaves the status as it was begins nothing; a deletion ends an interval and begins none.
boundaries as (

    select
        task_id,
        version,
        user_id,
        is_deletion,
        previous_status,
        status,
        effective_at as valid_from,
        lead(effective_at) over (partition by task_id order by version) as valid_to
    from task_versions
    where is_deletion or previous_status is distinct from status

),

final as (

    select
        task_id,
        version,
        user_id,
        previous_status,
        status,
        valid_from,
        valid_to
    from boundaries
    where not is_deletion

)

select * from final
