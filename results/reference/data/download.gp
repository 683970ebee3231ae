chart_title = 'download: 12 sites over HTTP and HTTPS, width 12'
axis = 'time of the whole process, s'
logarithmic = 0
rows = 5
least = 0.130199256
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
