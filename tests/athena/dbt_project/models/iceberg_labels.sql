{{ config(materialized='table', table_type='iceberg') }}
select user_id, label, n, cast(at as timestamp(6)) as at from {{ ref("labels") }}
