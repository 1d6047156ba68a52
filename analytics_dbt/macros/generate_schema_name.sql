{# A custom schema is the Glue database itself, not a suffix of the target's: the infrastructure creates and grants them by name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
