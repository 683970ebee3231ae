chart_title = 'crawl: four sleeps of 10, 20, 30 and 40 ms'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 40.3500735
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
