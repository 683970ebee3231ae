chart_title = 'switch: a hand-off between two tasks, placed on one core'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 9
least = 12.7846
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
