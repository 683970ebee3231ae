ideal = 41.992804
chart_title = 'movies: a listing, then the pages of 25 films, fetched and parsed, width 25'
axis = 'time of the run, ms'
logarithmic = 0
rows = 9
least = 68.8660735
set ytics ('sequential' 9, 'coroutines' 8, 'processes' 7, 'thread-pool' 6, 'threads' 5, 'uring' 4, 'uv' 3, 'uv-per-core' 2, 'uv-pool' 1)
