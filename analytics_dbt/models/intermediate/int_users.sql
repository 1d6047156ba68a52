{{ config(materialized='table', table_type='hive') }}

with

user_months as (

    select * from {{ ref('int_user_months') }}

),

activity as (

    select
        user_id,
        {{ stored_time('min(first_seen)') }} as first_seen,
        {{ stored_time('max(last_updated)') }} as last_updated,
        sum(inserts) as inserts,
        sum(modifies) as modifies,
        sum(removes) as removes
    from user_months
    group by user_id

),

profile_versions as (

    select
        user_id,
        time_zone,
        row_number() over (partition by user_id order by profile_version desc) as versions_from_last
    from user_months
    where profile_version is not null

),

profiles as (

    select * from profile_versions
    where versions_from_last = 1

),

final as (

    select
        activity.user_id,
        -- UTC until the profile arrives, and for a name that the engine doesn't know.
        case
            when try(at_timezone(timestamp '2000-01-01 00:00:00 UTC', profiles.time_zone)) is not null
                then profiles.time_zone
            else 'UTC'
        end as time_zone,
        activity.first_seen,
        activity.last_updated,
        activity.inserts + activity.modifies + activity.removes as total_events,
        cast(sign(activity.inserts) + sign(activity.modifies) + sign(activity.removes) as bigint) as event_types
    from activity
    left join profiles
        on activity.user_id = profiles.user_id

)

select * from final
