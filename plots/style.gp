# What all charts share. Colours come with the data: one a model, the same everywhere.
set encoding utf8
set border 3 lc rgb '#888888'
set tics nomirror out tc rgb '#222222'
set grid xtics lc rgb '#e4e4e4' lt 1 lw 1
set ytics scale 0
set key off
set lmargin 13
set rmargin 4
