{#
    `dbt run-operation maintain`: run it weekly and not during a pass. Merges leave small files and old snapshots, which
    still hold erased rows. Athena's VACUUM drops snapshots older than five days, and those rows with them.
#}
{% macro maintain() -%}
    {%- for model in graph.nodes.values() if model.config.materialized == 'incremental' -%}
        {%- set table = model.schema ~ '.' ~ model.alias -%}
        {%- do run_query('optimize ' ~ table ~ ' rewrite data using bin_pack') -%}
        {%- do run_query('vacuum ' ~ table) -%}
        {%- do log(table ~ ' maintained', info=true) -%}
    {%- endfor -%}
{%- endmacro %}
