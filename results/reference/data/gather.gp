chart_title = 'gather: a value, an error, a cancellation after 20 ms'
axis = 'time of the whole process, ms'
logarithmic = 0
rows = 5
least = 22.065262
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
