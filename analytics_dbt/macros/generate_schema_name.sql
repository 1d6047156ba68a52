{# A custom schema is the Glue database itself, not a suffix: the infrastructure creates and grants databases by name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
