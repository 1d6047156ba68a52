with

users as (

    select * from {{ ref('int_users') }}

),

tasks as (

    select * from {{ ref('int_tasks') }}
    where not is_deleted

),

final as (

    select cast('total_users' as varchar) as metric, count(*) as value
    from users

    union all

    select cast('total_tasks' as varchar) as metric, count(*) as value
    from tasks

    union all

    select cast('completed_tasks' as varchar) as metric, count(*) as value
    from tasks
    where status = 'completed'

)

select * from final
