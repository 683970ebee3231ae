ideal = 20
chart_title = 'gather: a value, an error, a cancellation after 20 ms'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 20.1326135
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
