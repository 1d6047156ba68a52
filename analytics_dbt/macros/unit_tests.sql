{#
    To learn the column types of a unit test, dbt creates an empty Hive table. Athena refuses the times of Iceberg models
    in one (https://github.com/dbt-labs/dbt-adapters/issues/424), but a view accepts any type.
#}
{% macro athena__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if model.resource_type == 'unit_test' -%}
        {{ create_view_as(relation, sql) }}
    {%- else -%}
        {{ create_table_as(temporary, relation, sql) }}
    {%- endif -%}
{%- endmacro %}
