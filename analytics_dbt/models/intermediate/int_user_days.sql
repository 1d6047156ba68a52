{{ config(unique_key=['user_id', 'day'], partitioned_by=['year(day)']) }}

{%- set new = new_since_last_run(ref('int_events')) %}
{%- set columns = ['user_id', 'day', 'pass_id'] %}

with

-- Only writes through the API count as activity, not imports.
own_acts as (

    select * from {{ ref('int_events') }}
    where actor = 'api' and {{ new.rows }}

),

final as (

    select
        user_id,
        cast(changed_at as date) as day,
        max(pass_id) as pass_id
    from own_acts
    group by user_id, cast(changed_at as date)

)

{{ final_and_erased(columns, keys=['user_id', 'day'], last_pass=new.last_pass) }}
