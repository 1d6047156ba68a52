{{ config(unique_key='task_id', partitioned_by=['year(created_at)']) }}

{%- set new = new_since_last_run(ref('int_events')) %}
{%- set columns = [
    'task_id', 'user_id', 'version', 'status', 'priority', 'category', 'due_date', 'is_deleted', 'is_open',
    'created_at', 'started_at', 'completed_at', 'last_changed_at', 'was_ever_completed', 'was_reworked', 'pass_id',
] %}

with

task_versions as (

    select * from {{ ref('int_task_versions') }}
    where
        {{ new.created }}
        and task_id in (select entity_id from {{ ref('int_events') }} where {{ new.rows }})

),

status_intervals as (

    select * from {{ ref('int_status_intervals') }}
    where {{ new.created }}

),

ordered as (

    select
        *,
        row_number() over (partition by task_id order by version desc) as versions_from_last,
        max(pass_id) over (partition by task_id) as last_pass_id
    from task_versions

),

current_state as (

    select * from ordered
    where versions_from_last = 1

),

lifecycle as (

    select
        task_id,
        min(case when status = 'in_progress' then valid_from end) as started_at,
        max(case when status = 'completed' then valid_from end) as last_entered_completed_at,
        bool_or(status = 'completed') as was_ever_completed,
        bool_or(previous_status = 'completed' and status in ('pending', 'in_progress')) as was_reworked
    from status_intervals
    where task_id in (select task_id from current_state)
    group by task_id

),

final as (

    select
        current_state.task_id,
        current_state.user_id,
        current_state.version,
        current_state.status,
        current_state.priority,
        current_state.category,
        current_state.due_date,
        current_state.is_deletion as is_deleted,
        not current_state.is_deletion and current_state.status in ('pending', 'in_progress') as is_open,
        current_state.created_at,
        lifecycle.started_at,
        -- Deleting a completed task keeps its status, and so the completion. Reopening it removes the completion.
        case when current_state.status = 'completed' then lifecycle.last_entered_completed_at end as completed_at,
        current_state.effective_at as last_changed_at,
        coalesce(lifecycle.was_ever_completed, false) as was_ever_completed,
        coalesce(lifecycle.was_reworked, false) as was_reworked,
        current_state.last_pass_id as pass_id
    from current_state
    left join lifecycle
        on current_state.task_id = lifecycle.task_id

)

{{ final_and_erased(columns, keys=['task_id', 'created_at'], last_pass=new.last_pass) }}
