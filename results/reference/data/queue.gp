ideal = 50
chart_title = 'queue: ten items, each a pause of 10 ms, five a producer'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 50.351337
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
