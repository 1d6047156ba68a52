{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partitioned_by=['dt']) }}
select user_id, count(*) as events, dt from {{ ref('view_events') }}
{% if is_incremental() %} where dt >= (select max(dt) from {{ this }}) {% endif %}
group by user_id, dt
