{{ duration_percentiles(ref('int_completions'), 'lead_time_s') }}
