{{ config(unique_key='user_id') }}

{%- set columns = [
    'user_id', 'time_zone', 'first_seen', 'last_updated', 'total_events', 'event_types', 'pass_id',
] %}

with

events as (

    select * from {{ ref('int_events') }}
    {{ has_news('user_id', ref('int_events')) }}

),

activity as (

    select
        user_id,
        min(changed_at) as first_seen,
        max(changed_at) as last_updated,
        count(*) as total_events,
        count(distinct event_name) as event_types,
        max(pass_id) as pass_id
    from events
    group by user_id

),

profile_versions as (

    select
        user_id,
        time_zone,
        row_number() over (partition by user_id order by version desc) as versions_from_last
    from events
    where entity = 'user'

),

profiles as (

    select * from profile_versions
    where versions_from_last = 1

),

final as (

    select
        activity.user_id,
        -- Before the profile arrives, and for a name that this engine doesn't know, the default holds.
        case
            when try(at_timezone(timestamp '2000-01-01 00:00:00 UTC', profiles.time_zone)) is not null
                then profiles.time_zone
            else 'UTC'
        end as time_zone,
        activity.first_seen,
        activity.last_updated,
        activity.total_events,
        activity.event_types,
        activity.pass_id
    from activity
    left join profiles
        on activity.user_id = profiles.user_id

)

{{ final_and_forgotten(columns, keys=['user_id'], users=ref('int_events')) }}
