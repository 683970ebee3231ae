chart_title = 'switch: a hand-off between two tasks, placed on two cores'
axis = 'ns, logarithmic'
logarithmic = 1
rows = 4
least = 12.50925
set ytics ('processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
