chart_title = 'queue without pauses: time an item, 2 producers, 2 consumers'
axis = 'ns'
logarithmic = 0
rows = 4
least = 21.293345
set ytics ('processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
