ideal = 40
chart_title = 'crawl: four sleeps of 10, 20, 30 and 40 ms'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 40.122598
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
