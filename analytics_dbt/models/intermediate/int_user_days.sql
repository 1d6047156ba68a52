{{ config(unique_key=['user_id', 'day'], partitioned_by=['year(day)']) }}

{%- set unseen = unseen(ref('int_events')) %}
{%- set columns = ['user_id', 'day', 'pass_id'] %}

with

-- An import is no visit: only the user's own acts count.
own_acts as (

    select * from {{ ref('int_events') }}
    where actor = 'api' and {{ unseen.rows }}

),

final as (

    select
        user_id,
        cast(changed_at as date) as day,
        max(pass_id) as pass_id
    from own_acts
    group by user_id, cast(changed_at as date)

)

{{ final_and_forgotten(columns, keys=['user_id', 'day'], seen=unseen.seen) }}
