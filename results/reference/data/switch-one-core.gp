chart_title = 'switch: a hand-off between two tasks, placed on one core'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 4
least = 11.2083625
set ytics ('processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
