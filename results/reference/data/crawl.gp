chart_title = 'crawl: four sleeps of 10, 20, 30 and 40 ms'
axis = 'time of the whole process, ms'
logarithmic = 0
rows = 5
least = 41.714165
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
