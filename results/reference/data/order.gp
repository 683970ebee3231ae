chart_title = 'order: two tasks of 10 and 20 ms, awaited'
axis = 'time of the run, ms'
logarithmic = 0
rows = 5
least = 20.2669935
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
