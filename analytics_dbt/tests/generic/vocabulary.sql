{# No column of `values` (column: list) holds anything else, in one scan: staging views read all of silver. Nulls pass. #}
{% test vocabulary(model, values) %}

select {{ values.keys() | join(', ') }}
from {{ model }}
where
    {%- for column, allowed in values.items() %}
    {% if not loop.first %}or {% endif %}{{ column }} not in ('{{ allowed | join("', '") }}')
    {%- endfor %}

{% endtest %}
