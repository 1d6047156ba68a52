{{ config(unique_key=['user_id', 'created_month'], partitioned_by=['year(created_month)']) }}

{%- set new = new_since_last_run(ref('int_events')) %}
{%- set columns = [
    'user_id', 'created_month', 'first_seen', 'last_updated', 'inserts', 'modifies', 'removes', 'profile_version',
    'time_zone', 'pass_id',
] %}

with

events as (

    select * from {{ ref('int_events') }}
    where
        {{ new.created }}
        and user_id in (select user_id from {{ ref('int_events') }} where {{ new.rows }})

),

activity as (

    select
        user_id,
        cast(date_trunc('month', created_at) as date) as created_month,
        min(changed_at) as first_seen,
        max(changed_at) as last_updated,
        count_if(event_name = 'insert') as inserts,
        count_if(event_name = 'modify') as modifies,
        count_if(event_name = 'remove') as removes,
        max(pass_id) as pass_id
    from events
    group by user_id, cast(date_trunc('month', created_at) as date)

),

profile_versions as (

    select
        user_id,
        cast(date_trunc('month', created_at) as date) as created_month,
        version,
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
        activity.created_month,
        activity.first_seen,
        activity.last_updated,
        activity.inserts,
        activity.modifies,
        activity.removes,
        profiles.version as profile_version,
        profiles.time_zone,
        activity.pass_id
    from activity
    left join profiles
        on activity.user_id = profiles.user_id and activity.created_month = profiles.created_month

)

{{ final_and_erased(columns, keys=['user_id', 'created_month'], last_pass=new.last_pass) }}
