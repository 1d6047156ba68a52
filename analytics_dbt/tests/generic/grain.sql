{# One row per combination of `columns`, null being a value like any other, and no null but in the columns of `nullable`. #}
{% test grain(model, columns, nullable=[]) %}

select
    {{ columns | join(', ') }},
    count(*) as n
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
