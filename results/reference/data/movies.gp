chart_title = 'movies: a listing, then the pages of 25 films, fetched and parsed, width 25'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 69.9640145
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
