{{ config(materialized='view') }}
select entity_id, version, user_id, after.status as status, occurred_at, dt from {{ source('tests', 'dbt_events') }}
{% if var('until', none) is not none %} where version <= {{ var('until') }} {% endif %}
