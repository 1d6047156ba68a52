with

tasks as (

    select * from {{ ref('int_insight_tasks') }}
    where not is_deleted

),

{%- set dimensions = ['status', 'priority', 'category'] %}

final as (

    {%- for dimension in dimensions %}

    select
        user_id,
        cast('{{ dimension }}' as varchar) as dimension,
        {{ dimension }} as value,
        count(*) as n
    from tasks
    group by user_id, {{ dimension }}
    {% if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

)

select * from final
