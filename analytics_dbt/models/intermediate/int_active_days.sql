{{ config(materialized='view') }}

with

events as (

    select * from {{ ref('stg_change_events') }}

),

calendars as (

    select * from {{ ref('int_calendars') }}

),

organisation as (

    select * from calendars
    where user_id = '*'

),

-- An import is no visit: only the user's own acts count.
own_acts as (

    select distinct
        user_id,
        cast(changed_at as date) as day
    from events
    where actor = 'api'

),

final as (

    select
        own_acts.user_id,
        own_acts.day,
        organisation.today
    from own_acts
    cross join organisation
    where own_acts.day <= organisation.today

)

select * from final
