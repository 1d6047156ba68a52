{% snapshot task_history %}
{{ config(unique_key='entity_id', strategy='check', check_cols=['status'], table_type='iceberg') }}
select entity_id, status from {{ ref('merged_tasks') }}
{% endsnapshot %}
