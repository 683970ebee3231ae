chart_title = 'switch: the beginning and the end of a task, on one core'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 4
least = 72.90875
set ytics ('processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
