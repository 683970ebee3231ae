chart_title = 'race: updates lost per million, read and written plainly'
axis = 'updates lost per million'
logarithmic = 0
rows = 9
least = 0
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
