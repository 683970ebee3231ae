chart_title = 'noop: 1,000 tasks that do nothing, width = CPUs'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 0.137533
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
