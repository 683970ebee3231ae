chart_title = 'queue without pauses: time an item, 2 producers, 2 consumers'
axis = 'ns'
logarithmic = 0
rows = 9
least = 19.340465
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
