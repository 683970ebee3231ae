chart_title = 'switch: the beginning and the end of a task, on one core'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 9
least = 65.90075
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
