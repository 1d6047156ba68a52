{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        table_type='iceberg',
        unique_key=['day', 'route', 'status_class'],
        on_schema_change='fail',
    )
}}

{#- Log lines come up to two days late, so each build counts the newest days again. It reads only the partitions since
    then, because a line is never newer than its partition. -#}
{%- set since = 'true' -%}
{%- if execute and is_incremental() -%}
    {%- set newest = run_query('select cast(max(day) as varchar) from ' ~ this)[0][0] -%}
    {%- if newest -%}
        {%- set since = "dt >= date '" ~ (modules.datetime.date.fromisoformat(newest) - modules.datetime.timedelta(days=3)) ~ "'" -%}
    {%- endif -%}
{%- endif -%}

with

delivered as (

    select
        *,
        row_number() over (partition by request_id order by dt) as delivery
    from {{ ref('stg_api_requests') }}
    where {{ since }}

),

requests as (

    select
        cast(requested_at as date) as day,
        route,
        status_class,
        duration_ms
    from delivered
    where delivery = 1 and {{ since | replace('dt >=', 'cast(requested_at as date) >=') }}

),

ranked as (

    select
        *,
        row_number() over (partition by day, route, status_class order by duration_ms) as position,
        count(*) over (partition by day, route, status_class) as n
    from requests

),

final as (

    select
        day,
        route,
        status_class,
        count(*) as n,
        min(case when position * 100 >= 50 * n then duration_ms end) as p50_ms,
        min(case when position * 100 >= 95 * n then duration_ms end) as p95_ms
    from ranked
    group by day, route, status_class

)

select * from final
