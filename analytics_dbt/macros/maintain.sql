{#
    `dbt run-operation maintain`, weekly and not during a pass: merges leave small files and old snapshots, and in the
    snapshots what was erased. Athena's VACUUM drops snapshots older than five days, so erased rows are gone in time.
#}
{% macro maintain() -%}
    {%- for model in graph.nodes.values() if model.config.materialized == 'incremental' -%}
        {%- set table = model.schema ~ '.' ~ model.alias -%}
        {%- do run_query('optimize ' ~ table ~ ' rewrite data using bin_pack') -%}
        {%- do run_query('vacuum ' ~ table) -%}
        {%- do log(table ~ ' maintained', info=true) -%}
    {%- endfor -%}
{%- endmacro %}
