{{ config(materialized='table', table_type='hive') }}

with

users as (

    select * from {{ ref('int_users') }}

),

time_zones as (

    select user_id, time_zone from users

    union all

    select '*' as user_id, 'UTC' as time_zone

),

final as (

    select
        user_id,
        time_zone,
        {{ as_of() }} as as_of,
        {{ local_day(as_of(), 'time_zone') }} as today
    from time_zones

)

select * from final
