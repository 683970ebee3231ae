ideal = 20
chart_title = 'order: two tasks of 10 and 20 ms, awaited'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 20.1324405
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
