{{ config(materialized='incremental', table_type='iceberg', incremental_strategy='merge', unique_key='entity_id') }}
select entity_id, version, status
from (select *, row_number() over (partition by entity_id order by version desc) as place from {{ ref('view_events') }}
      {% if is_incremental() %} where version > (select max(version) from {{ this }}) {% endif %})
where place = 1
