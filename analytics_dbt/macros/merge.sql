{#
    dbt-athena's merge, limited to the months of its rows. Without literals on the target's column of `partitioned_by`,
    a merge scans every row of the target.
#}
{% macro iceberg_merge(
    on_schema_change,
    tmp_relation,
    target_relation,
    unique_key,
    incremental_predicates,
    existing_relation,
    delete_condition,
    update_condition,
    insert_condition,
    force_batch,
    statement_name='main'
) -%}
    {%- set predicates = (incremental_predicates or []) + within_months(tmp_relation) -%}
    {{ return(dbt.iceberg_merge(
        on_schema_change=on_schema_change,
        tmp_relation=tmp_relation,
        target_relation=target_relation,
        unique_key=unique_key,
        incremental_predicates=predicates or none,
        existing_relation=existing_relation,
        delete_condition=delete_condition,
        update_condition=update_condition,
        insert_condition=insert_condition,
        force_batch=force_batch,
        statement_name=statement_name,
    )) }}
{%- endmacro %}


{#
    Conditions on `target` that limit a merge to the months of its rows. A row and the one it replaces have the same
    value in the partition column. Empty if the table is not partitioned by month or year, or if a row has a null there.
#}
{% macro within_months(rows) -%}
    {%- set transform = modules.re.fullmatch('(?:month|year)\\((\\w+)\\)', (config.get('partitioned_by') or [''])[0]) -%}
    {%- if not transform -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set column = transform[1] -%}
    {%- set months %}
        select
            cast(cast(date_trunc('month', min({{ column }})) as date) as varchar),
            cast(cast(date_add('month', 1, date_trunc('month', max({{ column }}))) as date) as varchar),
            count(*) - count({{ column }})
        from {{ rows }}
    {%- endset -%}
    {%- set first, end, unknown = run_query(months)[0] -%}
    {%- if unknown -%}
        {{ return([]) }}
    {%- elif not first -%}
        {{ return(['false']) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- for each in adapter.get_columns_in_relation(rows) -%}
        {%- do types.update({each.name: each.data_type}) -%}
    {%- endfor -%}
    {%- set literal = "date '%s'" if types[column] == 'date' else "timestamp '%s 00:00:00'" -%}
    {{ return([
        'target.' ~ column ~ ' >= ' ~ literal % first,
        'target.' ~ column ~ ' < ' ~ literal % end,
    ]) }}
{%- endmacro %}
