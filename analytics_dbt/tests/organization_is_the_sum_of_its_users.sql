-- Counts of tasks must be the same over all owners and for the organization, whatever their calendars.
with

counts as (

    select user_id, 'completions' as figure, n
    from {{ ref('insight_lead_time') }}
    where week is null

    union all

    select user_id, dimension || ' ' || coalesce(value, '') as figure, n
    from {{ ref('insight_mix') }}

    union all

    select user_id, 'tasks' as figure, total_tasks as n
    from {{ ref('task_analytics_user_metrics') }}

    union all

    select '*' as user_id, 'tasks' as figure, value as n
    from {{ ref('business_metrics_kpis') }}
    where metric = 'total_tasks'

)

select figure, sum(case when user_id = '*' then n else -n end) as difference
from counts
group by figure
having sum(case when user_id = '*' then n else -n end) <> 0
