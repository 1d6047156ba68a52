{{ config(materialized='view') }}

with

user_days as (

    select * from {{ ref('int_user_days') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

organisation as (

    select * from calendars
    where user_id = '*'

),

final as (

    select
        user_days.user_id,
        user_days.day,
        organisation.today
    from user_days
    cross join organisation
    where user_days.day <= organisation.today

)

select * from final
