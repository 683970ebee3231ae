chart_title = 'race: updates lost per million, a turn given away between read and write'
axis = 'updates lost per million'
logarithmic = 0
rows = 5
least = 0
set ytics ('sequential' 5, 'processes' 4, 'threads' 3, 'uv' 2, 'uv-pool' 1)
