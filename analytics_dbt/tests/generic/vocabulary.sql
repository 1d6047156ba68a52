{# Each column of `values` (column: list) holds only listed values or null. One scan, since staging views read all of silver. #}
{% test vocabulary(model, values) %}

select {{ values.keys() | join(', ') }}
from {{ model }}
where
    {%- for column, allowed in values.items() %}
    {% if not loop.first %}or {% endif %}{{ column }} not in ('{{ allowed | join("', '") }}')
    {%- endfor %}

{% endtest %}
