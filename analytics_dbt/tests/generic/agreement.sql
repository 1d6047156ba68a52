{# The rows that agree on the columns `of` must agree on column `on`, too. #}
{% test agreement(model, of, on) %}
select {{ of | join(', ') }}
from {{ model }}
group by {{ of | join(', ') }}
having count(distinct {{ on }}) > 1
{% endtest %}
