with

tasks as (

    select * from {{ ref('int_tasks') }}

),

final as (

    select
        category,
        count(*) as total_tasks,
        count_if(status = 'completed') as completed_tasks
    from tasks
    where not is_deleted
    group by category

)

select * from final
