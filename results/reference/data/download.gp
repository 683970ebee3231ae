chart_title = 'download: 12 sites over HTTP and HTTPS, width 12'
axis = 'time of the run, s'
logarithmic = 0
rows = 5
least = 0.123741324
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
