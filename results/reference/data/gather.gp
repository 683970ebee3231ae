chart_title = 'gather: a value, an error, a cancellation after 20 ms'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 20.2953705
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
