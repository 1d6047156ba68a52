{# A task's statuses, in the order of its life. #}
{% macro task_statuses() -%}
    {{ return(['pending', 'in_progress', 'completed', 'cancelled']) }}
{%- endmacro %}
