{{ config(materialized='view') }}

with

user_days as (

    select * from {{ ref('int_user_days') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

organization as (

    select * from calendars
    where user_id = '*'

),

final as (

    select
        user_days.user_id,
        user_days.day,
        organization.today
    from user_days
    cross join organization
    where user_days.day <= organization.today

)

select * from final
