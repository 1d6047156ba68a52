{# Rows with the same values in the columns `of` must have the same value in the column `on`. #}
{% test agreement(model, of, on) %}
select {{ of | join(', ') }}
from {{ model }}
group by {{ of | join(', ') }}
having count(distinct {{ on }}) > 1
{% endtest %}
