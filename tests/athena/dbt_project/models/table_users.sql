{{ config(materialized='table', ha=true) }}
select
    user_id,
    count(*) as events,
    min(date(occurred_at)) as first_day,
    max(occurred_at) as last_at,
    cast(count_if(status = 'completed') as double) / count(*) as share
from {{ ref('view_events') }}
group by user_id
