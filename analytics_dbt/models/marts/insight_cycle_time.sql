{{ duration_percentiles(ref('int_completions'), 'cycle_time_s') }}
