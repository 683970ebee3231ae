chart_title = 'noop: a thousand tasks that do nothing'
unit = 'ms'
rows = 4
least = 0.962977
set ytics ('sequential' 4, 'processes' 3, 'threads' 2, 'uv' 1)
