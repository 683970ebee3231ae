chart_title = 'order: two tasks of 10 and 20 ms, awaited'
axis = 'time of the whole process, ms'
logarithmic = 0
rows = 5
least = 22.0294185
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
