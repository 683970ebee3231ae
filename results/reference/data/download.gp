ideal = 0.12
chart_title = 'download: 12 sites over HTTP and HTTPS, width 12'
axis = 'time of the run, s'
logarithmic = 0
rows = 9
least = 0.12469185
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
