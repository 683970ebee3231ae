chart_title = 'race: updates lost per million, read and written plainly'
axis = 'updates lost per million'
logarithmic = 0
rows = 5
least = 0
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
