chart_title = 'noop: 1,000 tasks that do nothing, width = CPUs'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 0.10327425
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
