{#
    What dbt asks for to learn the types of a unit test's columns: an empty table, which it takes for a Hive table. Athena
    refuses the times of Iceberg models in one (https://github.com/dbt-labs/dbt-adapters/issues/424); a view takes any.
#}
{% macro athena__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if model.resource_type == 'unit_test' -%}
        {{ create_view_as(relation, sql) }}
    {%- else -%}
        {{ create_table_as(temporary, relation, sql) }}
    {%- endif -%}
{%- endmacro %}
