{{ config(unique_key=['task_id', 'version'], partitioned_by=['month(created_at)']) }}

{%- set new = new_since_last_run(ref('int_events')) %}
{%- set columns = [
    'task_id', 'version', 'user_id', 'previous_status', 'status', 'valid_from', 'valid_to', 'created_at', 'pass_id',
] %}

with

task_versions as (

    select * from {{ ref('int_task_versions') }}
    where
        {{ new.created }}
        and task_id in (select entity_id from {{ ref('int_events') }} where {{ new.rows }})

),

-- A write can change the times of all versions of its task.
passes as (

    select task_id, max(pass_id) as pass_id
    from task_versions
    group by task_id

),

-- A write that keeps the status starts no interval. A deletion ends one and starts none.
boundaries as (

    select
        task_id,
        version,
        user_id,
        created_at,
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
        boundaries.task_id,
        boundaries.version,
        boundaries.user_id,
        boundaries.previous_status,
        boundaries.status,
        boundaries.valid_from,
        boundaries.valid_to,
        boundaries.created_at,
        passes.pass_id
    from boundaries
    inner join passes
        on boundaries.task_id = passes.task_id
    where not boundaries.is_deletion

)

{{ final_and_erased(columns, keys=['task_id', 'version', 'created_at'], last_pass=new.last_pass) }}
