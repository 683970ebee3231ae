chart_title = 'movies: a listing, then the pages of 25 films, fetched and parsed, width 25'
axis = 'time of the whole process, s'
logarithmic = 0
rows = 5
least = 0.073943413
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
