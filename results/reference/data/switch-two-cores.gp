chart_title = 'switch: a hand-off between two tasks, placed on two cores'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 9
least = 13.9508333
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
